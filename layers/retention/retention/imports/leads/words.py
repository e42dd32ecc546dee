"""What columns are called, and what their cells say, in the languages of the files that teams have.

Compared without case, accents, spaces and marks: "E-Mail Adresse" is emailadresse.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

from retention.leads.model import LeadSource, LeadStatus

_COLUMNS: Final[Mapping[str, str]] = {
    "firstName": "firstname first fname givenname forename christianname vorname rufname prenom nombre nombres "
    "nome primeironome voornaam imie jmeno fornavn fornamn etunimi keresztnev prenume имя 名 isim "
    "leadfirstname contactfirstname",
    "lastName": "lastname last lname surname familyname secondname nachname familienname zuname nom "
    "nomdefamille apellido apellidos cognome sobrenome apelido ultimonome achternaam nazwisko prijmeni "
    "etternavn efternavn efternamn sukunimi vezeteknev фамилия 姓 soyad soyadi leadlastname contactlastname",
    "fullName": "fullname name wholename displayname contactname contact leadname lead customername customer "
    "clientname vollername vollstandigername kundenname kunde nomcomplet nometprenom nombrecompleto "
    "nombreyapellido nomecompleto volledigenaam naam imieinazwisko фио 姓名 adsoyad",
    "email": "email mail emailaddress mailaddress emailid emailadresse emailadres mailadresse emailprimary "
    "primaryemail workemail businessemail personalemail emailwork email1 useremail contactemail customeremail "
    "leademail eposta epost epostadresse correo correoelectronico direcciondecorreo courriel adresseemail "
    "adressemail adressecourriel indirizzoemail postaelettronica enderecodeemail почта электроннаяпочта 邮箱",
    "phone": "phone phonenumber mobile mobilephone mobilenumber mobileno cell cellphone cellular cellnumber "
    "tel telephone telephonenumber phoneno telno phone1 primaryphone workphone homephone businessphone "
    "contactphone customerphone leadphone contactnumber telefon telefonnummer telefonnr telnr handy "
    "handynummer handynr mobil mobilnummer mobiltelefon rufnummer telefono numerodetelefono telefone celular "
    "movil numerodetelephone numerotelephone portable telephoneportable cellulare gsm gsmnummer telefoonnummer "
    "mobiel numertelefonu whatsapp whatsappnumber телефон 电话 手机",
    "externalId": "externalid extid foreignid crmid crmcontactid customerid customernumber customerno clientid "
    "contactid leadid recordid userid kundennummer kundennr kundenid id idexterno identifiant",
    "timeZone": "timezone tz zeitzone fuseauhoraire zonahoraria husohorario fusoorario fusohorario tijdzone",
    "source": "source leadsource origin leadorigin quelle herkunft origine provenance fuente origen fonte bron zrodlo",
    "status": "status leadstatus stage leadstage statut",
    "notes": "notes note comment comments remark remarks description bemerkung bemerkungen notiz notizen "
    "kommentar anmerkung commentaire commentaires remarque remarques notas nota comentario comentarios "
    "observaciones commenti opmerking opmerkingen notatka uwagi",
}
#: The field that a column is usually for, by the plain form of its name; and how likely it is, the lower the more.
FIELDS: Final[Mapping[str, tuple[str, int]]] = {
    word: (field, rank) for field, words in _COLUMNS.items() for rank, word in enumerate(words.split())
}
_STATUSES: Final[Mapping[LeadStatus, str]] = {
    "NEW": "new open fresh created uncontacted neu offen nouveau nouvelle nuevo abierto nuovo novo nieuw nowy",
    "CONTACTED": "contacted attempted reached called emailed kontaktiert contacte contactado contattato gecontacteerd",
    "IN_PROGRESS": "inprogress working progress active qualified engaged nurturing opportunity negotiation "
    "inbearbeitung aktiv qualifiziert encours enproceso encurso incorso emandamento",
    "CONVERTED": "converted won closedwon customer client sold konvertiert gewonnen kunde converti gagne "
    "convertido ganado cliente convertito",
    "LOST": "lost closedlost dead disqualified unqualified rejected notinterested junk verloren abgelehnt "
    "perdu perdido perso descartado",
}
STATUSES: Final[Mapping[str, LeadStatus]] = {word: one for one, words in _STATUSES.items() for word in words.split()}
_SOURCES: Final[Mapping[LeadSource, str]] = {
    "MANUAL": "manual manually manuell hand csv import file upload",
    "META": "meta facebook fb instagram ig facebookads metaads facebookleadads leadads",
    "API": "api web website webform form landingpage formular formulaire formulario",
}
SOURCES: Final[Mapping[str, LeadSource]] = {word: one for one, words in _SOURCES.items() for word in words.split()}


def plain(text: str) -> str:
    """A text by which names are compared: letters and digits alone, in lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())
