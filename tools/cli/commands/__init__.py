"""The commands of the tool, one file each; what several of them do alike: waiting, taking, finding."""
