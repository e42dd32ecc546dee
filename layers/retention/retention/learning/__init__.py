"""Learning which hours, weekdays and words go with conversions: conversion rules whose figures are computed each night.

wilson     the interval of a share: how far a rate that was seen may be from the true one: pure
words      the words of a script, and which of them are not worth learning (stopwords): pure
samples    the sends and conversions of each value of each metric that is known
gathering  the numbers they are made of, read from the figures piece by piece
lessons    what the rules have to become: which are set up, changed, taken away: pure
teaching   the job that does it all, and how it is begun
"""
