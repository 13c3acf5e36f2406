package filter

import (
	"strings"
	"testing"
)

// placesAbroad are texts and the place that is seen in them.
var placesAbroad = []struct{ text, seen string }{
	{"Москвадан Тошкентга юк бор", "Москвадан"},
	{"груз в Москву, 20 тонн", "Москву"},
	{"Moskva'ga tent kerak", "Moskva'ga"},
	{"Москва-дан Ташкентга", "Москва"},
	{"Москваdan tent", "Москваdan"},
	{"Mосква тент", "Mосква"},
	{"МОCKBA - Тошкент", "МОCKBA"},
	{"MOCKBA - Тошкент", "MOCKBA"},
	{"М О С К В А тент", "М О С К В А"},
	{"М.О.С.К.В.А", "М.О.С.К.В.А"},
	{"М0сква тент", "М0сква"},
	{"Мос-ква 20т", "Мос-ква"},
	{"Сам ара - Ташкент", "Сам ара"},
	{"𝐌𝐨𝐬𝐤𝐯𝐚 – Toshkent", "𝐌𝐨𝐬𝐤𝐯𝐚"},
	{"Ｍｏｓｋｖａ", "Ｍｏｓｋｖａ"},
	{"Ⓜⓞⓢⓚⓥⓐ", "Ⓜⓞⓢⓚⓥⓐ"},
	{"Мо\u200bсква", "Мо\u200bсква"},
	{"Toshkent→Moskva", "Moskva"},
	{"ТошкентМосква", "Москва"},
	{"Самарканд🇺🇿Питер", "Питер"},
	{"Ташкент 🇷🇺", "🇷🇺"},
	{"склад в Нижнем Новгороде", "Нижнем Новгороде"},
	{"Н.Новгород - Ташкент", "Н.Новгород"},
	{"из Набережных Челнов", "Набережных Челнов"},
	{"С-Петербург", "С-Петербург"},
	{"Екатеринбургга тент", "Екатеринбургга"},
	{"Бишкекка 20т", "Бишкекка"},
	{"Samarqanddan Qozonga", "Qozonga"},
	{"Душанбега юк", "Душанбега"},
	{"Душанбадан Тошкентга", "Душанбадан"},
	{"Тошкент - Душанба", "Душанба"},
	{"Тошкент\nДушанба\nтент керак", "Душанба"},
	{"Андижондан Ошга 20т", "Ошга"},
	{"Тула Ташкент", "Тула"},
	{"Курган\nВодий", "Курган"},
	{"Хитойдан Тошкентга", "Хитойдан"},
	{"Тошкент Хитой мебель 20т", "Хитой"},
	{"Московская обл. - Ташкент", "Московская обл"},
	{"Курский - Тошкент", "Курский"},
	{"Qozog‘istonga tent", "Qozog‘istonga"},
	{"Термиз - Афгон", "Афгон"},
	{"Мозори Шариф тент", "Мозори Шариф"},
	{"Кастрома - Тошкент", "Кастрома"},
	{"Мосвага тент керак", "Мосвага"},
	{"чет элга юк", "чет элга"},
	{"Тошкент РФ мева", "РФ"},
	{"РБ - Ташкент масло", "РБ"},
	{"оборудование из РФ", "РФ"},
	{"KZ - Тошкент ун", "KZ"},
	{"К0станай Тошкент", "К0станай"},
	{"Томкс - Бухоро", "Томкс"},
	{"Moskfa → Qarshi", "Moskfa"},
	{"Карагандадан кўмир", "Карагандадан"},
	{"Иркутскийдан тахта, Водийга", "Иркутскийдан"},
	{"Qozonga 20 tonna un", "Qozonga"},
	{"Рига портидан трактор", "Рига"},
	{"Ошга борадиган борми", "Ошга"},
	{"M A X A C H Q A L A", "M A X A C H Q A L A"},
	{"Yiwu - Toshkent", "Yiwu"},
	{"М\u0488о\u0488с\u0488к\u0488в\u0488а\u0488 тент", "М\u0488о\u0488с\u0488к\u0488в\u0488а"},
	{"Moskv@ga uzum", "Moskv@ga"},
	{"КА3АНЬ тент", "КА3АН"},
	{"KA3AHb - TAШKEHT", "KA3AHb"},
	{"Мо.сква тент", "Мо.сква"},
	{"Каз*ань тент", "Каз*ан"},
	{"тошкентмосквага тент", "тошкентмосквага"},
	{"Mocква тент", "Mocква"},
	{"Воранеж, Андижон", "Воранеж"},
	{"Екатернбург, Тошкент", "Екатернбург"},
	{"Челябенскга юк бор", "Челябенскга"},
	{"из Мск на Ташкент сборка", "Мск"},
	{"груз из Кирова, фанера", "Кирова"},
	{"Уралга пиёз, Қоракўлдан", "Уралга"},
	{"Suriyadan pista, Termizga", "Suriyadan"},
	{"Дортмунд, тент", "Дортмунд"},
}

// notAbroad are texts in which nothing is a place abroad.
var notAbroad = []string{
	"Дербент шаҳри Бойсун", "Дербентдан Термизга ғишт", "сочи узун, Тошкент", "Ташкент ищу груз", "Тошкент бозорга пиёз",
	"Андижонга-чу", "Тошкент - шакар", "Тошкент - Дамас", "Қозонга ош", "RU Toshkent", "Тошкент KZ 20т", "Тошкент сено",
	"", "Тошкент - Бухоро", "🇺🇿 Toshkent - Qo'qon 🇺🇿",
	"Москва кўчаси 12", "Moskva ko'chasidan olib ketiladi", "ул. Московская 15", "улица Россия",
	"Миранкуль", "между Ташкент и Бухара", "Yuksel aka",
	"Душанба куни юк бор", "Тошкентдан Бухорога душанбага тент керак", "Тошкент Бухоро душанба",
	"Душанба Тошкентдан Самаркандга", "Тошкент\nБухоро\nДушанба",
	"ош бор", "katta qozon kerak", "тўла фура", "орел", "юк кабул қилинади",
	"Хитой мошина", "Тошкентдан Бухорога Хитой шакман", "Xitoy shakman kerak", "Россия номерли машина",
	"европаллет 20", "Euro 5", "евротент", "туширанг", "туфа", "йироқ", "иссиқ сув",
	"мясо 20 тонн", "грузы Ташкент Бухара", "погрузка с боку", "бунга қараганда арзон", "кундуз куни",
	"Катта Курган Тошкент", "Каттакурган - Ташкент", "Курган тепа Андижон", "Buxoro Qorako'l", "Жалақудуқ",
	"Багдад - Фергана", "Нарын - Ташкент", "Хазорасп", "Олмазор",
	"Казан 100 литров и мангал", "Холодильник «Минск»", "«Бишкек» чойхонасига гўшт", "Parij parfyum do'koniga quti", "Эрон писта сотилади",
	"Остонадан ичкарига, Хонқа - Урганч", "Хитой шинаси", "МТЗ Беларус трактори", "Саратов холодильник", "Самара шинаси",
	"хонадонга мебель, Тошкентдан Қибрайга", "ҳаммадан арзон", "сырья 20 тонн", "поставки по Ташкенту", "палатка 4 дона", "рыбное филе", "миски", "Темиртош",
	"суддан Тошкентга", "картонная коробка", "телятина", "банан", "балиқ", "лаган", "чет эллик меҳмон",
	"5 КГ картошка", "Тошкент 24 kg", "20 ТМ", "рига", "Владимир ака",
}

func TestForeignPlace(t *testing.T) {
	l := NewLexicon(DefaultKeywords())
	var x text
	for _, c := range placesAbroad {
		x.fold(c.text)
		if seen := l.foreignPlace(&x); seen != c.seen {
			t.Errorf("%q: saw %q, want %q", c.text, seen, c.seen)
		}
	}
	for _, s := range notAbroad {
		x.fold(s)
		if seen := l.foreignPlace(&x); seen != "" {
			t.Errorf("%q: saw %q, want nothing", s, seen)
		}
	}
}

// TestHomeIsNotAbroad: no place in Uzbekistan is one abroad, alone or in a route.
func TestHomeIsNotAbroad(t *testing.T) {
	l := NewLexicon(DefaultKeywords())
	var x text
	readList("home", func(_, name string) {
		if strings.HasPrefix(name, "~") {
			return
		}
		x.fold(name)
		if seen := l.foreignPlace(&x); seen != "" {
			t.Errorf("%s: saw %q", name, seen)
		}
	})
}

func TestOwnPlaces(t *testing.T) {
	l := NewLexicon(Keywords{Places: []string{"Хоразм", "🇹🇷"}})
	var x text
	for s, want := range map[string]string{"Xorazmga yuk": "Xorazmga", "Москвага юк": "", "Бурса 🇹🇷": "🇹🇷", "🇷🇺": ""} {
		x.fold(s)
		if seen := l.foreignPlace(&x); seen != want {
			t.Errorf("%q: saw %q, want %q", s, seen, want)
		}
	}
}

func FuzzForeignPlace(f *testing.F) {
	l := NewLexicon(DefaultKeywords())
	for _, c := range placesAbroad {
		f.Add(c.text)
	}
	f.Add("\xff🇺М0\u0301сквa-\u200d4 а б в г")
	f.Fuzz(func(t *testing.T, s string) {
		var x text
		x.fold(s)
		if seen := l.foreignPlace(&x); !strings.Contains(s, seen) {
			t.Errorf("%q stands nowhere in %q", seen, s)
		}
		l.messageKeyword(&x)
		l.profileKeyword(&Message{Username: s, Bio: s}, &x)
	})
}

func BenchmarkForeignPlace(b *testing.B) {
	l := NewLexicon(DefaultKeywords())
	texts := []string{
		"Тошкентдан Самарқандга тент фура керак, 20 тонна цемент, юк тайёр, тўлов нақд, 90 000 00 00",
		"Toshkent - Andijon\nTent fura kerak, 22 tonna mebel\nYuk tayyor, avans bor\n90 000 00 00",
		"Нужна машина Ташкент - Нукус, изотерм, 15 тонн, оплата наличными, погрузка завтра утром",
	}
	size := 0
	for _, s := range texts {
		size += len(s)
	}
	b.SetBytes(int64(size / len(texts)))
	b.ReportAllocs()
	var x text
	for i := 0; b.Loop(); i++ {
		x.fold(texts[i%len(texts)])
		l.foreignPlace(&x)
	}
}
