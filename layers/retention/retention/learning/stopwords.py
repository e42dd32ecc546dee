"""Words that stand in most texts and tell nothing of them. A rule for one of them has figures, if a team wants one.

By language: English, German, French, Spanish, Portuguese, Italian, Russian. Of the others than English, words that are
written like an English one with a meaning of its own (die, war, son, pour) are not among them.
"""

from typing import Final

_TEXTS: Final = (
    # English
    "about after again all also am an and any are as at back be been before being both but by can could did do does"
    " don't done each for from get had has have he her here hers him his how i'd i'll i'm i've if in into is isn't"
    " it it's its just let let's may me more most much my no nor not now of off on once only or other our ours out"
    " over own please re same she should so some such than that that's the their theirs them then there there's"
    " these they they're this those through to too under until up us very via was we we'd we'll we're we've were"
    " what when where which while who why will with won't would you you'd you'll you're you've your yours",
    # German
    "aber alle als auch auf aus bei bin bis bist da damit dann das dass dein deine deinen deiner dem den denn der"
    " des dich dies diese dieser dieses dir du durch ein eine einem einen einer eines er es euch für haben hier ich"
    " ihm ihn ihnen ihr ihre ihren ihrer im ist ja kann können mein meine mich mir mit nach nicht noch nur ob oder"
    " ohne sehr sein seine sich sie sind über um und uns unser unsere unter vom von vor wenn werden wie wir wird zu"
    " zum zur",
    # French
    "au aux avec c'est ce ces cette dans de des du elle en est et eux il ils je la le les leur leurs lui ma mais"
    " mes moi mon même ne nos notre nous où par pas plus qu que qui sa ses si sont sur ta te tes toi tu un une vos"
    " votre vous été être",
    # Spanish
    "al como cuando del desde donde el ella ellos entre era ese eso esta este esto está están fue ha han hasta hay"
    " las lo los más mi mis muy para pero por porque se según ser sin sobre su sus también te tiene todo tu tus una"
    " unos usted ya",
    # Portuguese
    "ao aos até com da das dele dos ela ele em esse essa foi isso já mais mas meu minha muito na nas nos não nós os"
    " ou pela pelo quando quem sem seu sua são também tem um uma você vocês às",
    # Italian
    "agli alla anche che chi ci dal dalla degli dei del della delle di gli ho il io lei lo loro ma mia mio ne nel"
    " nella noi non per più questo questa sei si sono sua suo tra tua tuo una uno vi voi",
    # Russian
    "без бы был была были было быть вам вас ваш ваша ваше ваши во вот все всё вы где да для до если есть еще"
    " ещё же за из или им их как ко когда кто ли мне мой моя мы на над нам нас наш наша не нет ни но ну он она они"
    " от по под при свой себя так также там то тоже только ты уже что чтобы эта эти это этот",
)
STOP_WORDS: Final = frozenset(word for text in _TEXTS for word in text.split())
