"""Words for what is written shorter: units, currencies, abbreviations, months and states."""

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
MONTH = "|".join(MONTHS)
SHORT_MONTHS = {**{month[:3]: month for month in MONTHS}, "Sept": "September"}
SHORT_MONTH = "|".join(sorted(SHORT_MONTHS, key=len, reverse=True))
CURRENCIES = {
    "$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "¥": ("yen", "sen"),
    "₹": ("rupee", "paisa"), "₩": ("won", "jeon"), "₽": ("ruble", "kopek"),
    "₺": ("lira", "kurus"), "₪": ("shekel", "agora"), "฿": ("baht", "satang"),
    "₫": ("dong", "hao"), "₿": ("bitcoin", "satoshi"), "zł": ("zloty", "grosz"),
    "US$": ("U S dollar", "cent"), "A$": ("Australian dollar", "cent"),
    "C$": ("Canadian dollar", "cent"), "NZ$": ("New Zealand dollar", "cent"),
    "HK$": ("Hong Kong dollar", "cent"), "S$": ("Singapore dollar", "cent"),
    "R$": ("real", "centavo"), "USD": ("U S dollar", "cent"), "EUR": ("euro", "cent"),
    "GBP": ("British pound", "penny"), "CHF": ("Swiss franc", "centime"), "JPY": ("yen", "sen"),
    "AUD": ("Australian dollar", "cent"), "CAD": ("Canadian dollar", "cent"),
}  # fmt: skip
SAME_IN_PLURAL = frozenset({"baht", "dong", "yen", "won", "lira", "zloty"})
SCALES = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}
SCALE = "thousand|million|billion|trillion|bn|[kKmMbB]"
UNITS = {
    "km/h": "kilometers per hour", "km": "kilometers", "cm": "centimeters", "mm": "millimeters",
    "m": "meters", "kg": "kilograms", "mg": "milligrams", "g": "grams", "lb": "pounds",
    "lbs": "pounds", "oz": "ounces", "ft": "feet", "ml": "milliliters", "kHz": "kilohertz",
    "MHz": "megahertz", "GHz": "gigahertz", "Hz": "hertz", "KB": "kilobytes", "MB": "megabytes",
    "GB": "gigabytes", "TB": "terabytes", "ms": "milliseconds", "s": "seconds",
    "min": "minutes", "h": "hours", "°C": "degrees Celsius", "°F": "degrees Fahrenheit",
    "°": "degrees", "%": "percent", "mph": "miles per hour", "mi": "miles", "sec": "seconds",
    "hr": "hours", "hrs": "hours", "yrs": "years", "tsp": "teaspoons", "tbsp": "tablespoons",
    "kW": "kilowatts", "kWh": "kilowatt hours", "W": "watts", "MW": "megawatts", "V": "volts",
    "kV": "kilovolts", "mA": "milliamps", "dB": "decibels", "µm": "micrometers",
    "μm": "micrometers", "nm": "nanometers", "L": "liters", "l": "liters", "mL": "milliliters",
    "cl": "centiliters", "ha": "hectares", "hPa": "hectopascals", "kPa": "kilopascals",
    "psi": "P S I", "kJ": "kilojoules", "kcal": "kilocalories", "mpg": "miles per gallon",
    "rpm": "revolutions per minute", "fps": "frames per second", "kbps": "kilobits per second",
    "Mbit/s": "megabits per second", "Gbit/s": "gigabits per second",
    "Mbps": "megabits per second", "Gbps": "gigabits per second", "m/s": "meters per second",
    "yd": "yards", "gal": "gallons", "sq ft": "square feet", "sq mi": "square miles",
    "wk": "weeks", "wks": "weeks", "yr": "years", "mins": "minutes", "secs": "seconds",
}  # fmt: skip
ABBREVIATIONS = {
    "Dr.": "Doctor", "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Miz", "Prof.": "Professor",
    "Jr.": "Junior", "Sr.": "Senior", "Ave.": "Avenue", "Rd.": "Road", "Blvd.": "Boulevard",
    "Mt.": "Mount", "vs.": "versus", "etc.": "et cetera", "e.g.": "for example",
    "i.e.": "that is", "approx.": "approximately", "dept.": "department", "Inc.": "Incorporated",
    "Ltd.": "Limited", "Co.": "Company", "Gen.": "General", "Capt.": "Captain", "Lt.": "Lieutenant",
    "Gov.": "Governor", "Rev.": "Reverend", "Jan.": "January", "Feb.": "February",
    "Aug.": "August", "Sept.": "September", "Oct.": "October", "Nov.": "November",
    "Dec.": "December", "pp.": "pages", "incl.": "including", "excl.": "excluding",
    "vol.": "volume", "Vol.": "Volume", "fig.": "figure", "Fig.": "Figure",
    "a.k.a.": "also known as", "Corp.": "Corporation", "Sgt.": "Sergeant", "Col.": "Colonel",
    "Maj.": "Major", "Sen.": "Senator", "Univ.": "University", "Bros.": "Brothers",
    "Ph.D.": "P H D", "PhD": "P H D", "lbs.": "pounds", "oz.": "ounces", "Mx.": "Mix",
    "Messrs.": "Messers", "Mme.": "Madame", "Mlle.": "Mademoiselle", "Profs.": "Professors",
    "Sens.": "Senators", "Hon.": "Honorable", "Cmdr.": "Commander", "Cpl.": "Corporal",
    "Pvt.": "Private", "Supt.": "Superintendent", "Atty.": "Attorney", "Esq.": "Esquire",
    "E.g.": "For example", "I.e.": "That is", "cf.": "compare", "et al.": "and others",
    "viz.": "namely", "Hwy.": "Highway", "Pkwy.": "Parkway", "Apr.": "April", "govt.": "government",
    "asst.": "assistant", "assn.": "association", "misc.": "miscellaneous", "qty.": "quantity",
}  # fmt: skip
# Only before a name: "the gen. pop.", "three reps."
TITLES = {
    "Rep": "Representative", "Reps": "Representatives", "Sec": "Secretary", "Adm": "Admiral",
    "Pres": "President", "Fr": "Father", "Br": "Brother", "Det": "Detective", "Insp": "Inspector",
    "Ft": "Fort", "Ms": "Miz", "Mx": "Mix",
}  # fmt: skip
# Only before a number.
NUMBERED = {
    "No": "number", "no": "number", "Nos": "numbers", "nos": "numbers", "Apt": "Apartment",
    "Ste": "Suite", "Rm": "Room", "Fl": "Floor", "Sec": "Section", "Ch": "Chapter", "ch": "chapter",
    "min": "minimum", "max": "maximum", "avg": "average", "ext": "extension",
    "Ext": "Extension", "p": "page", "c": "circa", "ca": "circa",
}  # fmt: skip
DAYS = {
    "Mon.": "Monday", "Tue.": "Tuesday", "Tues.": "Tuesday", "Wed.": "Wednesday",
    "Thu.": "Thursday", "Thurs.": "Thursday", "Fri.": "Friday", "Sat.": "Saturday",
    "Sun.": "Sunday",
}  # fmt: skip
STATES = {  # before a ZIP code: "OK" and "IN" are words, too
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
    "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
    "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey",
    "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah",
    "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "DC": "D C",
}  # fmt: skip
DIRECTIONS = {
    "N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest",
    "SE": "Southeast", "SW": "Southwest",
}  # fmt: skip
# Acronyms that could be words; those without a vowel are recognised without a list.
SPELLED = (
    "AI|API|ATM|CEO|CIA|DIY|DNA|ESA|EU|FAQ|FBI|HIV|IBM|IP|IPO|IQ|RNA|UFO|UI|UK|UN|URL|USA|USB|UX|"
    "VAT|VIP|AC|AMD|AWS|CIO|CPU|EPA|GPU|IRS|ISBN|MIT|MRI|NBA|OECD|ROI|SUV|UAE|UCLA|USSR|"
    "EST|EV|HR|ID|NGO|NYC|OS|US|UTC|UV|MBA"
)
FRACTIONS = {2: "half", 4: "quarter"}  # the others are ordinals
# A Roman number after one of these is a cardinal; after a name an ordinal: Elizabeth the second.
COUNTED = frozenset(
    {"Act", "Appendix", "Article", "Book", "Chapter", "Class", "Figure", "Grade", "Level", "Part",
     "Phase", "Section", "Stage", "Table", "Title", "Type", "Unit", "Version", "Volume", "War"}
)  # fmt: skip
COUNTED_SMALL = "|".join(sorted(word.lower() for word in COUNTED))
ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
# The suffix of a file's name, and of a library's.
SUFFIXES = (
    "pdf|docx?|txt|csv|xlsx?|json|xml|html?|md|py|js|ts|css|zip|png|jpe?g|gif|mp3|mp4|m4a|wav|mov"
)
SYMBOLS = {
    "№": " number ", "§": " section ", "¶": " paragraph ", "©": " copyright ", "®": " ", "™": " ",
    "†": " ", "÷": " divided by ", "≥": " at least ", "≤": " at most ", "≈": " about ",
    "±": " plus or minus ", "π": " pi ", "√": " the square root of ", "∞": " infinity ",
    "‰": " per mille ", "µ": " micro", "℃": " degrees Celsius", "&": " and ",
    "+": " plus ", "=": " equals ", "@": " at ", "#": " number ",
}  # fmt: skip
