package world

import "fmt"

// Names and texts of the seeded world; all invented.

type fullName struct{ first, last string }

var uzbekNames = []fullName{
	{"Akmal", "Toʻraev"},
	{"Gulnora", "Ismoilova"},
	{"Jasur", "Qodirov"},
	{"Zarina", "Abdullaeva"},
	{"Otabek", "Yoʻldoshev"},
	{"Shahnoza", "Rustamova"},
	{"Ulugʻbek", "Nazarov"},
	{"Feruza", "Mahmudova"},
	{"Sherzod", "Holmatov"},
	{"Lola", "Tursunova"},
	{"Farrux", "Sobirov"},
	{"Nigora", "Xolmirzaeva"},
	{"Islom", "Ergashev"},
	{"Barno", "Qosimova"},
	{"Rustam", "Mirzaev"},
	{"Kamola", "Shodieva"},
}

var russianNames = []fullName{
	{"Алексей", "Воронцов"},
	{"Ирина", "Самойлова"},
	{"Дмитрий", "Кравцов"},
	{"Ольга", "Белякова"},
	{"Рашид", "Гайнуллин"},
	{"Наталья", "Ермолина"},
	{"Тимур", "Ахмедов"},
	{"Светлана", "Пахомова"},
	{"Игорь", "Селезнёв"},
	{"Вера", "Дёмина"},
}

// inventedName: men and women alternate in both lists, so that an even shift
// keeps first and last names together.
func inventedName(i int) fullName {
	list := uzbekNames
	if i%3 == 2 {
		list, i = russianNames, i/3
	}
	n := len(list)
	return fullName{list[i%n].first, list[(i+2*(i/n))%n].last}
}

var cities = []string{
	"Toshkent", "Samarqand", "Buxoro", "Andijon", "Fargʻona", "Namangan", "Navoiy", "Qarshi", "Termiz", "Urganch",
	"Nukus", "Jizzax", "Guliston", "Qoʻqon", "Angren",
}

var farCities = []string{
	"Москва", "Казань", "Самара", "Новосибирск", "Екатеринбург", "Оренбург", "Алматы", "Шымкент", "Бишкек", "Душанбе",
	"Минск", "Стамбул",
}

var (
	supergroupTitles = []string{
		"Yuk va mashina %s", "%s yuk markazi", "Logistika %s 24/7", "%s fura bozori", "Грузы %s – Узбекистан",
		"Tentlar %s", "%s isuzu-labo xizmati", "Перевозки %s", "Ref yuklar %s", "%s dispetcherlar davrasi",
	}
	groupTitles = []string{
		"Haydovchilar %s", "%s yoʻldoshlar", "Наши водители %s", "%s ombor navbati", "Mikroavtobus %s",
	}
	channelTitles = []string{
		"%s yuk eʼlonlari", "Тарифы %s", "%s bojxona xabarlari", "Ulgurji bozor %s",
	}
)

// inventedTitle repeats itself after thirty, with a number then.
func inventedTitle(patterns []string, i int) string {
	pattern, place := patterns[i%len(patterns)], cities[i%len(cities)]
	if pattern[0] >= 0x80 { // Cyrillic
		place = farCities[i%len(farCities)]
	}
	title := fmt.Sprintf(pattern, place)
	if i >= 30 {
		title += fmt.Sprintf(" №%d", i/30+1)
	}
	return title
}

var cargoTexts = []string{
	"%s – %s, 20 t paxta, tent kerak. Toʻlov naqd.", "%s – %s: 5 tonna mebel, Isuzu kerak, bugun yuklash",
	"Ищу машину %s – %s, тент 82 куба, 22 тонны, загрузка завтра", "%s → %s ref kerak, meva, harorat +4",
	"Boʻsh fura bor: %s – %s, chorshanba kuni chiqadi", "%s – %s, 1.5 t gilam, Labo yoki Gazel",
	"Нужен рефрижератор %s – %s, овощи, оплата на карту", "%s – %s yoʻnalishida 3 ta mashina boʻsh, yozing",
}

func inventedText(i int) string {
	return fmt.Sprintf(cargoTexts[i%len(cargoTexts)], cities[i%len(cities)], farCities[(i/3)%len(farCities)])
}
