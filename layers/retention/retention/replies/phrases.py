# ruff: noqa: RUF001 - letters of other scripts are what this is about
"""What leads write and say who want no more contact, beyond single words (vocabulary), as patterns.

They are looked for in folded texts (wording.folded): lower case, no accents, no apostrophes, `|` for a pause. A pattern
is a line; one that begins with two spaces goes on the line before; `#` begins a comment. Names in braces stand for the
parts above, {start} and {pause} for the beginning and the end of what is said between two pauses.
"""

from typing import Final

#: To be written to, or called: as one says it in an order, and as something that goes on; and what is sent.
VERB: Final = r"""
(contact|text|txt|texr|sms|message|messag|msg|call|phone|ring|dial|e ?mail|mail|write|bother|ping|spam|harass|
  pester|disturb|bug|annoy|hassle|send|notify|reach out|reach|hit me up|disturb|solicit|market|follow up)
"""
DOING: Final = r"""
(contacting|texting|txting|texing|smsing|messaging|msging|calling|phoning|ringing|dialing|dialling|e ?mailing|
  mailing|writing|bothering|pinging|spamming|harassing|pestering|disturbing|bugging|annoying|hassling|sending|
  notifying|reaching|soliciting|marketing|blowing up|trying|wasting|with)
"""
THING: Final = r"""
(texts?|txts?|messages?|msgs?|sms|smses|calls?|e ?mails?|mails?|spam|contacts?|communications?|notifications?|
  alerts?|reminders?|offers?|promos?|promotions?|ads?|adverts?|advertising|marketing|newsletters?|updates?|
  subscriptions?|crap|shit|bs|nonsense|stuff|harassment|consent)
"""
#: What makes an order not to.
NEVER: Final = r"""
(dont|do not|donot|don t|dnt|never|not to|wont you not|must not|mustnt|should not|shouldnt|cannot|may not)
"""
#: What makes of "do not call" an arrangement: it is about when, how or whom.
WHEN: Final = r"""
(?! (\w+ )?(before|until|till|til|during|between|unless|if|while|so late|so early|that late|that early|yet|
  tonight|tomorrow|on (mon|tues|wednes|thurs|fri|satur|sun)|this (week|month|morning|afternoon|evening)|
  after \w*\d|after \w+ pm|after work|at work|at night|first|back just|just yet|an? (ambulance|uber|cab|taxi)|it |
  him |her |them |my (wife|husband|boss|mother|mom|dad|sister|brother)|for (help|details))\b)
"""

#: By the name in braces.
PARTS: Final = {"verb": VERB, "doing": DOING, "thing": THING, "never": NEVER, "not when": WHEN}

#: Clear in a text as in a call.
ANYWHERE: Final = r"""
# stop texting me, quit calling, no more messages
(stop|quit|cease|end|halt|discontinue|desist|knock off|cut out) (\w+ )?{doing}
(stop|quit|cease|end|cancel|discontinue|revoke|withdraw|halt) (all |any |the |these |those |this |your |ur |my|
  sending |me |with ){0,3}(\w+ )?{thing}
\bno more (\w+ )?({thing}|{doing})
{start}(please |pls )?no ({thing}|{doing})( please| pls| thanks| anymore| any more)*{pause}
# don't text me any more, never contact me again, do not call
\b{never} (ever |please |you |u |dare |try to |want you to |wish you to |need you to |bother to |
  again )*{verb}( (or|and|nor) {verb}){0,2}( (this|my|the) (number|phone|cell|line))?( (me|us|here|again|
  any ?more|anything|any|ever|more|this number|my number|my phone|no more|to me|please))+{not when}
{start}(please |pls |and |so |just )*({never}) {verb}( (or|and|nor) {verb}){0,2}( please| pls| thanks)*{pause}
# I don't want your messages, I would rather not be contacted, I don't want to hear from you
\b(dont|do not|no longer|not|never|rather not|didnt|did not|doesnt|does not|wouldnt|would not) ((want|wanna|
  wish|need|like|care|ask(ed)?|sign(ed)? up|care for)( \w+)?|receive|get|be)( to| for| any| your| these| those|
   more| further| receive| get| getting| receiving| you| be| being| any more){1,6}( \w+)? ({thing}|contacted|
  texted|called|messaged|e ?mailed|spammed|disturbed|bothered|{verb} me|{doing} me){not when}
\b(dont|do not|no longer|never|not) (want|wanna|wish|need|care|like) to (hear|receive|get|talk)( anything|
   any more| anymore| more)? (from|messages|texts|to)( you| u| yall| ya| this| these| your| anyone)?\b{not when}
# take me off the list, remove my number, lose my number, leave me alone
\b(take|get|cross|scratch|drop|keep|strike|leave) (me|us|my \w+|this \w+|number) (off|out|from)\b(?! (the hook|
  work|here|hold|speaker|mute|of the (house|bath)|guard|at))
\b(remove|delete|erase|purge|scrub|unenroll|unlist|deregister|exclude|unregister|unjoin) (me|us|
  my (\w+ )?(number|phone|cell|name|info|information|data|details|contact|e ?mail|address|record|account)|
  this number)\b
\b(lose|forget|loose|drop|block) (my|this) (\w+ )?(number|phone|contact|info)\b
\b(leave|let) (me|us) (the \w+ )?(alone|be{pause}|in peace)
\b(do not|dont|no) (call|contact|text) (list|registry|register)\b
\b(remove|take|delete|get|drop|strike) (\w+ ){0,3}(off|from|of) ((your|ur|yr|the|this|that|any|all|mailing|call|
  calling|text|contact|marketing) ){1,3}(lists?|database|system|records|contacts|registry)\b
# unsubscribe, opt me out, I revoke my consent, I never signed up, you have the wrong number
(?<!not )(?<!dont )(?<!didnt )\b(un+subs?\w*|unsus?cr?i\w*|desubscribe|opt(ed|ing)? (me |us |this number )?out|
  optout)\b
\b(revoke|revoking|revoked|withdraw|withdrawing|withdrew|rescind|retract|cancel)( \w+){0,2} (consent|permission|
  authori[sz]ation|opt in)\b
\bnever (signed up|subscribed|consented|opted in|gave (you |u )?(my )?(consent|permission))
\b(you|u|ya|yall|youve|this is|its|reached|sorry|thats|texting|calling|contacting|got)( \w+)?( the| a|
   my)? wrong (number|person|guy|lady|man|woman)\b
# French
\b(arret\w+|cess\w+) (de |d )?(me |m |vos |ces |les |nous )*(\w+er|contact\w*|sms|message\w*|appel\w*|envo\w*)
\bne (me |nous )*m?(contact|appel|ecriv|envoy|derang|harcel|rappel|telephon)\w* (plus|pas|jamais)
\bne plus (me |nous )*m?(contact|appel|ecri|envoy|derang|telephon)
\b(veux|voudrais|souhaite) plus (recevoir|etre|de)
\bplus (de|d) (sms|messages?|appels?|mails?|pub)\b
\b(retir|supprim|enlev|efface|desabonn|desinscri)\w* (moi|mon|me)\b
\b(laiss|foute)\w* moi (tranquille|la paix)
# Spanish, Portuguese
\b(deja|dejen|dejar|dejad|pare|paren|para|parem|deixe|deixem) (ya )?de (me )?(\w+[aei]r(me|nos)?)\b
\b(no|nao|nunca)( mas| mais)? (me|nos) (\w+ )?(llam|escrib|envi|mand|contact|molest|lig|escrev|contat|incomod|
  perturb|text)\w*\b(?! (hoy|ahora|antes|manana|todavia|aun|hoje|agora|amanha|ainda|el mensaje))
\b(no|nao) (quiero|deseo|quero|desejo|queremos)( mas| mais)? (recibir|receber|mensajes|mensagens|llamadas|sms|
  que)\b
\b(no|nao|sin|chega de) ma[si]s? (mensajes|mensagens|llamadas|ligacoes|sms|correos|textos)\b
\b(quit|borr|elimin|sac|remov|tir|exclu|retir)\w*(me| me| mi| meu| o meu)( \w+){0,3} (lista|numero|listado|
  base)\b
\b(dejame|dejenme|deixe me|me deixe?m?) (en|em) paz\b
\b(d[ae](r|n|me|nme|rme)?) (me )?de baja\b
# German
\bkeine( \w+)? (sms|nachrichten|anrufe|werbung|mails|e ?mails|infos|angebote)\b
\b(nicht|nie) (mehr |wieder )?(anrufen|schreiben|kontaktieren|belastigen|storen|simsen)\b
\b(ruf\w*|schreib\w*|kontaktier\w*|belastig\w*|meld\w*)( \w+){0,3} (nicht|nie)( mehr| wieder| an){1,3}\b
\b(ruf\w*|schreib\w*|kontaktier\w*|belastig\w*)( sie)? (mich|mir|uns) (nicht|nie)( an)?{pause}
\b(hor|hoer|hort|horen|hoeren)\w*( sie)?( \w+){0,2} auf\b
\blass\w*( sie)? (mich|uns)( \w+)? in ruhe\b
\b(meld|trag|nehm|nimm|losch|entfern|streich)\w*( sie)? (mich|meine)\b( \w+){0,4} (ab(?! \d)|aus|raus|liste|
  verteiler|nummer|daten)\b
\b(losch|entfern|streich)\w*( sie)? meine (nummer|daten|handynummer)\b
# Dutch
\b(bel|sms|mail|app|stuur|benader|contacteer)\w*( \w+){0,2} niet meer\b
\bniet meer (bellen|sms\w*|sturen|mailen|appen)
\blaat (me|mij) met rust\b
\b(geen|stop met) (\w+ )?(sms\w*|berichten|bellen|sturen|reclame)\b
# Italian
\bnon (mi |ci )?(\w+ )?(chiam|scriv|contatt|mand|invi|disturb)\w*
\b(basta|smett\w+)( di| con| \w+)* (messaggi|sms|chiam\w+|scriver\w*|mandar\w*)
\b(cancell|rimuov|toglie)\w*mi\b
\blascia\w*mi in pace\b
# Swedish, Norwegian, Danish
\b(sluta|slutt|stop|stopp|lad vaer)( \w+){0,2} (ringa?|ringe|smsa?|skicka|sende?|kontakta?|skrive?)\w*
\b(ring|kontakt|skriv|skick)\w*( \w+){0,2} (inte|ikke|aldrig)\b
# Polish, Russian, Ukrainian, Turkish
\bnie (\w+ )?(dzwon|pisz|kontakt|wysyl)\w*
\bне (\w+ )?(звон|пиш|писат|беспоко|присыл|отправля|дзвон|турбу|надсила)\w*
\b(удалит|уберит|отпишит|видалит)\w* (мен|мо|мій)\w*
\b(beni|bir daha) (\w+ )?(arama|yazma|rahatsiz)\w*
"""

#: Clear enough in a text, but said in a call also of other things.
IN_TEXTS: Final = r"""
# "stop" at the beginning of what is said, whatever comes then, unless it is about stopping somewhere; or at its end
{start}(please |pls |plz |just |ok |okay |no |can you |could you |will you |would you |you |u |and |kindly |
  must )*stop\b(?! (by|in|at|over|off|here|there|sign|light|lights|loss|watch|motion|worrying|me if|for (gas|
  lunch|coffee|a)|and (shop|smell|think|go|see)|on the way|smiling|laughing|thinking|crying|apologi[sz]ing|
  it i m blushing|the car|the bleeding|the clock|the press\w*|selling|smoking|drinking|working|paying)\b)
(?<!dont )(?<!never )(?<!cant )(?<!cannot )(?<!not )(?<!wont )(?<!didnt )(?<!the )\b(please|pls|plz|said|say|it|
  this|these|them|must|need|now|just|to|all|me|you guys|that|they|kindly|yall) stop( please| pls| plz| now| this|
   it| immediately| thanks| already| these| all| today)*{pause}
\b(want|like|need|wish|how do i|how can i|how to|where do i|trying|asked|can i|please|let me)( \w+){0,2} (stop|
  cancel|end|quit|revoke|opt out)( please| pls| this| these| it| all| that| now)*{pause}
{start}(\w+ ){0,2}(reply|replying|send|sending|texting|text|typing) stop( \w+){0,2}{pause}
# not interested, I will report you, I told you to stop, this is spam
{start}(sorry |no |nope |hi |hello |thanks |im |i am |we are |were |really |still |just |thx |but |am |
  absolutely |definitely )*(not|no longer|never) (\w+ )?interested( at all| thanks| thank you| anymore| any more|
   sorry| please| thx| ty| in (this|your|any|the) (\w+ ?)?(offers?|services?|products?|program|company|messages|
  course)?)*{pause}
\b(report|reporting|reported|block|blocking|blocked|sue|suing) (you|u|this|your|the number|as spam|it as|
  to the (fcc|ftc|police))\b
\b(asked|told|begged) (you|u|yall|them|ya)( \w+)? to (stop|quit|cease)\b
\b(dont|do not|didnt|never) (want|wanted|need) (any of )?(this|these|them|those)( anymore| any more| please|
   thanks)*{pause}
\b(this is|thats|its|considered|as) (spam|harassment|harassing|illegal)\b
\b(quit|stop|end) (sending|it|this|these|that|everything|contact|all)\b(?! (of|at|by))
\b(fuck|piss|bugger|sod|buzz) (off|u|you)\b
\b(dont|do not|never|didnt|did not) (sign|ask|subscribe|consent|agree)( up)? (for|to) (this|these|that|any|
  your)\b
"""

#: No end of contact, whatever words stand in it: a text is cleared of it before it is looked at.
HARMLESS: Final = r"""
# places and times
\bnon ?stop\b|\b(bus|pit|next|last|truck|train|rest|full|one|first|door|back|short|metro|subway|tram) stops?\b
# don't stop texting me, can't stop, please do not remove me
\b(dont|do not|never|cant|cannot|can not|wont|couldnt|please dont|didnt|not|doesnt|wouldnt|shouldnt|without|
  no need to)( want| have)?( you| it| this| them| just| ever| please| even| me)?( to)? (stop|quit|cancel|
  unsubscribe|opt out|opt me out|end|remove|delete|take me off|revoke)\w*(?! (to|from) me)( (texting|sending|
  calling|messaging|writing|contacting|e ?mailing|emailing|me|the|these|my|messages|texts|calls|it|list|off|from|
  your|number|sms|updates?|this|us))*
\b(stop|stopped|stopping) (by|in|at|over|off)\b
\b(year|week|weekend|month|day|rear|front|high|low|dead|the) end\b
\bend of (the )?\w+
# opt in; what happens if I reply STOP
\bunstop\b|\b(opt|opted|opting) (me )?(back )?in\b
\bwhat happens (if|when) i (reply|text|say|send|type|write) \w+
# nothing came: I didn't get your message; I gave you the wrong number
\bdont (want|need) (to )?(miss|lose) (\w+ ){0,3}(calls?|messages?|texts?|offers?|updates?)
\b(dont|do not) (get|receive|have|see|got) (\w+ ){0,3}(calls?|messages?|texts?|e ?mails?|offers?|updates?)
\b(didnt|did not) (get|receive|see|have) (\w+ ){0,4}(calls?|messages?|texts?|e ?mails?|offers?|updates?)
\bno (calls?|texts?|messages?) (yet|so far|from you)\b
\b(gave|give|sent|had|have been|was|used|typed|entered|put) (\w+ )?(the|a|my)? ?wrong (number|person)\b
"""
