# ruff: noqa: RUF001 - letters of other scripts are what this is about
"""The words by which leads say "no more", "again" and "help". Sentences are in phrases.

They are folded before use (wording.folded), as texts are: case, accents and apostrophes do not count.

Source: Twilio, default keywords of long codes (STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE, OPTOUT; START,
YES, UNSTOP; HELP, INFO); 47 CFR 64.1200(a)(10): stop, quit, end, revoke, opt out, cancel and unsubscribe are
definitive, any other words count where a reasonable person would understand them so. Those of other languages are what
carriers ask for there, and what people write.
"""

from typing import Final

#: Alone between two pauses, each of these ends contact. Twilio's and the FCC's words come first.
STOP_WORDS: Final = """
stop, stopall, stop all, unsubscribe, cancel, end, quit, revoke, optout, opt out, opt-out
cease, desist, cease and desist, halt, stop it, stop this, stop that, stop now, stop everything, end it
end this, end all, quit it, cancel all, cancel this, cancel it, cancel everything, cancel me, remove
remove me, delete me
stops, stopped, stoop, stpo, sotp, tsop, stp, st0p, stahp, stop2end, stop2stop, no more, enough, thats enough
enough already
enough is enough, go away, get lost, fuck off, f off, piss off, bugger off, buzz off, count me out, i want out
no longer interested, no interest, not interested, remove from list, take off list, wrong no, wrong num
wrong number, wrong person, wrong guy, do not disturb, dnc, do not contact
spam, this is spam, scam, blocked, bloqué, bloqueado
arret, arreter, arretez, arrete, arretez tout, desabonner, desabonnement, desinscrire, desinscription, fin
resilier
desabonnez moi, stop sms, stop pub, ca suffit, laissez moi tranquille, mauvais numero, pas interesse
pas interessee
alto, baja, darse de baja, dar de baja, dame de baja, denme de baja, parar, pare, para, paren, detener, deten
detente
cancelar, cancela, cancele, salir, terminar, basta, ya basta, no mas, eliminar, borrar, numero equivocado
no molestar, no me interesa
no estoy interesado, no estoy interesada, sem interesse, nao tenho interesse, sair, saia, descadastrar
remover, chega, nao quero mais, numero errado
stopp, abmelden, abmeldung, abbestellen, austragen, ende, beenden, kuendigen, kündigen, kündigung, widerruf
widerrufen
aufhören, aufhoeren, schluss, schluss jetzt, falsche nummer, kein interesse, kein interesse mehr
nicht interessiert, keine werbung
ferma, fermati, fermate, annulla, cancellami, disiscrivi, disiscrivimi, disiscrizione, rimuovimi
numero sbagliato
afmelden, uitschrijven, stoppen, opzeggen, verkeerd nummer, afmeld, afmelding, stands, stopp alle
sluta, avsluta, avregistrera, avanmäl, avmeld, avslutt, slutt, fel nummer, feil nummer, forkert nummer
koniec, rezygnuję, wypisz, wypisz mnie, pomyłka, zła numer, lopeta, lopettaa, seis, peruuta
odhlásit, zrušit, konec, leállít, leiratkozás, leiratkozom, dezabonare, dezabonați, opriți, odjava, odjavi
dur, durdur, iptal, abonelikten çık, ret, çık, yeter, yanlış numara
стоп, отписаться, отписка, отпишите, отпишите меня, отмена, отменить, хватит, прекратите, отстаньте
не туда попали
відписатися, відмова, досить, припиніть, στοπ, διακοπή, διαγραφή, спри, отписване
توقف, ايقاف, إيقاف, الغاء, إلغاء, קף, הסר, הסירו, הסר אותי, די, תפסיקו
बंद, बंद करो, रोको, रुको, band karo, ruko, berhenti, henti, batal, từ chối, itigil, tama na, ยกเลิก, หยุด
停止, 取消, 退订, 退訂, 拒收, td, ストップ, 解除, やめて, やめてください, 중지, 정지, 거부, 그만, 수신거부
"""

#: Said before or after such a word without changing it.
PADDING: Final = """
please, pls, plz, plse, pleas, kindly, now, today, immediately, asap, right now, at once, just, hi, hello, hey
ok, okay
yes, no, nope, but, well, i already said, i have said, ive said, i already replied, i replied, i texted
i wrote, twice
three times, many times, yesterday, before, last week, thanks, thank you, thx, ty, sir, madam, mam, maam, dude
man, bro, guys, sorry, again, already, ffs, omg
god, wtf, and, then, so, i said, i say, i repeat, text, message, reply, i, me, for good, forever, for ever, us
to
por favor, gracias, favor, porfavor, hola, merci, svp, s il vous plait, sil vous plait, bonjour, bitte, danke
hallo
sofort, jetzt, per favore, grazie, prego, alstublieft, aub, bedankt, tack, tak, takk, vänligen, proszę, kiitos
obrigado, obrigada, пожалуйста, спасибо, будь ласка, lütfen, the, from, a
"""

#: Anywhere in a text of a script that has no spaces.
STOP_PARTS: Final = """
退订, 退訂, 取消订阅, 取消訂閱, 配信停止, 不要再发, 不要再發, 别再发, 수신거부, 수신 거부, 보내지 마, 送らないで, 🛑
"""

START_WORDS: Final = "start, unstop, opt in, optin, resubscribe"
HELP_WORDS: Final = "help, info, aide, ayuda, hilfe, aiuto, ajuda, helpme, help me"
