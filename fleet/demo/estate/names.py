"""Words to invent people from, and how a name becomes an account."""

import re
import unicodedata

GIVEN_WORDS = """
    Aaliyah Abena Adaeze Adrián Agnieszka Aisling Alasdair Aled Alisha Amara Amelie Amina Aneirin Angharad Anouk Anwen
    Aoife Archie Arjun Astrid Ayesha Bartosz Beatriz Bethan Björn Blessing Bogdan Bronwen Cadi Callum Caoimhe Carys
    Catrin Cedric Ceri Charlotte Chidi Chloë Ciarán Clémence Dafydd Daiyu Daniela Danuta Deepika Delyth Dilwyn Dmitri
    Ebony Edmund Efua Eilidh Eira Elif Elinor Emeka Emrys Ewan Fatima Ffion Fiona Folake Freya Gareth Gethin Gita Grace
    Guto Gwenllian Hamza Harriet Haruki Heledd Huda Hywel Ibrahim Ieuan Imogen Ines Ioan Iqbal Isla Iwan Jacek Jamila
    Jasmine Jean-Luc Jerome José Juma Kacper Katarzyna Keiko Keziah Khadija Kwame Kyra Lakshmi Layla Leila Lewis Llinos
    Llŷr Lowri Lucía Maeve Magdalena Maja Małgorzata Manpreet Marek Mared Martha Mary-Ann Maryam Mehmet Meilin Mei-Ling
    Minh Mohammed Morwenna Myfanwy Nadia Naledi Naomi Nasrin Nerys Ngozi Nia Niamh Nikhil Nkechi Noor Nuala Oksana
    Olamide Olena Olivia Omar Oonagh Osian Owain Padraig Parveen Patrice Petra Phoebe Piotr Priya Rafał Rajesh Rashida
    Renée Rhian Rhodri Rhys Rían Roisin Rosalind Ruaridh Rukhsana Sabina Saoirse Saskia Seána Seren Sergei Shabnam Shanice
    Siân Siddharth Siobhán Sioned Sofía Solveig Soraya Stella Steffan Sunita Søren Tadeusz Tamsin Tariq Tegan Temitope
    Tesfaye Thandiwe Theo Tomos Tunde Ümit Uzma Valentina Vikram Wanjiru Wei Winifred Xiulan Yaw Yevhen Yusuf Zainab
    Zeynep Zofia Zoë
    """
SURNAME_WORDS = """
    Abernathy Achterberg Adeyemi-Cole Afolabi Ainsworth-Pell Akhtaruzzaman Amberley Ap-Rhydderch Arkwright-Dunn Asante
    Ashdown-Okoro Attah Balewa Banerjee-Holt Barraclough Battersea-Lind Beaumont-Ojo Birtwhistle Blackwood-Rao Boateng
    Bogdanović Brackenridge Brânză Brzezicki Burnaston Cadwaladr Caerwyn Calloway Chandrasekar Chatterley Chukwuma
    Clitheroe Coldwell Cragside Cwmdare D'Almeida D'Arcy-Nunn Dąbrowiecki Dalrymple-Oye Danjuma Dembélé Dhaliwal-Moss
    Dinsdale Dogbey Drăgulescu Dunmarrow Ebrahimzadeh Eckersley Egwu El-Hadidy Elphinstone Emberton Eze-Barker Fairclough
    Farquharson Fernández-Lowe Ffoulkes Fothergill Gańczarek Garside Ghebremariam Gkioni Glanville-Obi Goldthorpe Gwynfryn
    Haddadi Hallworth Hargadine Hathersage Heptonstall Hinchcliffe Hölzer Hrynenko Idowu Iftikhar-Bell Ingleborough
    Isherwood-Amin Jääskelä Jaworowicz Jellicoe Kamara-Wynn Kaplanoğlu Karunaratne Kettlewell Khorasani Kirkbright
    Kobayakawa Kowalczuk Krishnamoorthy Kvist Langstrothdale Lastingham Leczycki Llewelyn-Dee Llywarch Lovelace-Mbeki
    Łukaszyk Mac'Ilroy MacFarquhar Maddrell Malhotra-Finn Mandizvidza Marchbanks Mbatha McGlinchey-Roe Mirzakhani-Dale
    Molyneux-Tan Montefalco Moorhouse Muñoz-Grey Mwangi N'Diaye N'Dour-Pratt Nakagawara Ng'ang'a Nightingale-Osei Nwachukwu
    O'Bannion O'Carragher O'Dunleavy O'Grattan O'Haverty O'Mulready Oakenshaw Oduya Ogunbanjo Okonjo-Smythe Ollerenshaw
    Onyekachi Ørsted-Hale Osbaldeston Ó'Súilleabhán Ostrowicz Ousby Özdemirli Pachulski Pargeter Parthasarathy Pembrey
    Penhaligon Perera-Stubbs Petrenkov Pilkington-Diaz Pontefract Popescu-Lane Prytherch Quarshie Quillfeather Rahimzadeh
    Rajapaksha Ramsbottom Ravenscroft-Ali Rhydwen Rosthwaite Rowbotham Rzeźniczak Saddleworth Saldanha-Fry Sandringham-Ode
    Satterthwaite Sedgebrook Senanayake Shackleton-Uddin Siewierski Skelmersdale Słowiński-Ray Sørby St-Aubyn Stavrianos
    Sutherby Svantesson Szczypior Tamakloe Tattersall-Khan Tchaikhana Thistlethwaite Thorneycroft Tiwari-Bourne Tregaskis
    Trevanion Tuffnell-Ba Udoka Ullswater Umarji Underbank Vaidyanath Van-der-Hoeven Vasilenko Venkataraman Waddilove
    Warrington-Shah Wensleydale Whittingstall Wickramasinghe Winterbottom-Oni Wolstenholme Wrigglesworth Wysocka-Hand Yarrow
    Ystwyth Yaxley-Rana Zakaryan Żeleński-Webb Zielonka
    """
GIVEN = tuple(GIVEN_WORDS.split())
SURNAMES = tuple(SURNAME_WORDS.split())
UNFOLDED = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "æ": "ae", "đ": "d"})
NOT_IN_ACCOUNTS = re.compile(r"[^a-z-]+")


def plain(text: str) -> str:
    """A name as an account spells it: lower case, no accents, apostrophes or spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(UNFOLDED)).encode("ascii", "ignore").decode()
    return NOT_IN_ACCOUNTS.sub("", text.lower())


PLAIN = {name: plain(name) for name in GIVEN + SURNAMES}
