package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// plausible looks at what stands around a number: a currency, an id's name or a
// link make it something else. The more a number looks like a phone by itself,
// the less is asked.
func (d *digitRun) plausible(m *phoneMatch) bool {
	if m.form == formPlus {
		return true
	}
	start, end := d.groups[m.first].start, d.groups[m.last].end
	switch {
	case inLink(d.text, start) || inAddress(d.text, end):
		return false
	case m.form == formUzbek:
		return true
	case currencyAfter(d.text, end):
		return false
	case m.form == formLocal:
		return !paperBefore(d.text, start)
	}
	return !idBefore(d.text, start, m.form == formThousand)
}

// inLink reports that the word that leads up to start is a link or a username.
// Links whose very meaning is a number, wa.me/998…, are none.
func inLink(text string, start int) bool {
	word := text[wordStart(text, start):start]
	if word == "" {
		return false
	}
	for _, phone := range [...]string{"wa.me/", "phone=", "tel:"} {
		if strings.HasSuffix(word, phone) {
			return false
		}
	}
	if strings.Contains(word, "://") || strings.Contains(word, "www.") || domainSlash(word) {
		return true
	}
	at := strings.LastIndexByte(word, '@')
	if at < 0 || at+1 >= len(word) || !asciiLetter(word[at+1]) {
		return false
	}
	for _, c := range []byte(word[at+1:]) {
		if !asciiLetter(c) && c != '_' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// wordStart goes back over at most 80 bytes to white space.
func wordStart(text string, i int) int {
	for k := i; k > max(0, i-80); k-- {
		if text[k-1] <= ' ' {
			return k
		}
	}
	return max(0, i-80)
}

// domainSlash reports a host's end and a path behind it: t.me/.
func domainSlash(word string) bool {
	slash := strings.IndexByte(word, '/')
	k := slash
	for k > 0 && asciiLetter(word[k-1]) {
		k--
	}
	return slash-k >= 2 && k > 1 && word[k-1] == '.' && asciiLetter(word[k-2])
}

func asciiLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// inAddress reports that the digits are the name in an e-mail address.
func inAddress(text string, end int) bool {
	k := end
	for k < len(text) && (asciiLetter(text[k]) || text[k] == '_' || text[k] == '.' || text[k] >= '0' && text[k] <= '9') {
		k++
	}
	if k == len(text) || text[k] != '@' {
		return false
	}
	host := text[k+1 : min(len(text), k+65)]
	if i := strings.IndexAny(host, " \t\r\n"); i >= 0 {
		host = host[:i]
	}
	dot := strings.IndexByte(host, '.')
	return dot > 0 && dot+1 < len(host) && asciiLetter(host[dot+1])
}

// currencyAfter reports a currency behind a sum, in the same line.
func currencyAfter(text string, end int) bool {
	if end == len(text) || text[end] == '\n' { // nearly always
		return false
	}
	rest := strings.TrimLeft(text[end:min(len(text), end+64)], " \u00a0\u202f")
	r, size := utf8.DecodeRuneInString(rest)
	if unicode.Is(unicode.Sc, r) {
		// $1200 behind a phone is a price of its own.
		next, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest[size:], " "))
		return digitOf(next) < 0
	}
	if unicode.IsLetter(r) && !strings.ContainsRune(currencyInitials, unicode.ToLower(r)) {
		return false
	}
	var buf [24]byte
	word := string(foldWord(buf[:0], rest))
	if word == "" {
		return false
	}
	for _, ending := range [...]string{"", "га", "дан", "ни", "лик", "ga", "dan", "ni", "lik"} {
		if stem, ok := strings.CutSuffix(word, ending); ok && currencies[stem] {
			return true
		}
	}
	return false
}

var currencies = wordSet("сум сўм сом сумм sum som soum uzs usd eur rub kzt руб рубль рубля рублей р доллар доллара долларов dollar тенге тг tenge tg евро yevro млн mln")

// currencyInitials are the letters that currencies begin with.
var currencyInitials = func() (letters string) {
	for word := range currencies {
		r, _ := utf8.DecodeRuneInString(word)
		letters += string(r)
	}
	return letters
}()

// foldWord appends the letters that s begins with in lower case, at most what
// fits into buf, without apostrophes (so'm).
func foldWord(buf []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '\'' || r == '`' || r == '‘' || r == '’' || r == 'ʻ' || r == 'ʼ':
			continue
		case !unicode.IsLetter(r) || len(buf)+utf8.UTFMax > cap(buf):
			return buf
		}
		buf = utf8.AppendRune(buf, unicode.ToLower(r))
	}
	return buf
}

// idBefore reports that the word before a number names something that is no
// phone, or that a number sign stands there which no word for a phone explains.
// A thousand is also refused behind a word for a price.
func idBefore(text string, start int, thousand bool) bool {
	var buf [32]byte
	word, sign := labelBefore(buf[:0], text, start)
	if sign {
		return !phoneLabel(string(word))
	}
	if len(word) == 0 {
		return false
	}
	return idLabels[string(word)] || paperLabels[string(word)] || thousand && priceLabels[string(word)]
}

// paperBefore reports that the word before a number names a paper, whose number
// may be grouped like a phone.
func paperBefore(text string, start int) bool {
	var buf [32]byte
	word, sign := labelBefore(buf[:0], text, start)
	return len(word) > 0 && (paperLabels[string(word)] || sign && idLabels[string(word)])
}

// labelBefore appends the word before a number in lower case and says whether a
// number sign stands between.
func labelBefore(buf []byte, text string, start int) (word []byte, sign bool) {
	k := start
	for k > 0 {
		if c := text[k-1]; c == ' ' || c == ':' {
			k--
			continue
		} else if asciiLetter(c) {
			break
		}
		r, size := utf8.DecodeLastRuneInString(text[:k])
		if r == '№' || r == '#' {
			sign = true
		} else if r == '\n' || r != '.' && r != ':' && r != '=' && r != '-' && r != '(' && !unicode.IsSpace(r) {
			break
		}
		k -= size
	}
	from := k
	for from > 0 && k-from < 24 {
		if asciiLetter(text[from-1]) || text[from-1] == '/' { // as below, for nearly all
			from--
			continue
		}
		if from > 1 && cyrillicLetter(text[from-2:from]) {
			from -= 2
			continue
		}
		r, size := utf8.DecodeLastRuneInString(text[:from])
		if !unicode.IsLetter(r) {
			break
		}
		from -= size
	}
	return foldLabel(buf, text[from:k]), sign
}

// cyrillicLetter reports a letter of basic Cyrillic, U+0400 to U+047F, which begins
// with 0xd0 or 0xd1.
func cyrillicLetter(b string) bool { return b[0]&^1 == 0xd0 && b[1]&0xc0 == 0x80 }

func foldLabel(buf []byte, s string) []byte {
	for _, r := range s {
		if len(buf)+utf8.UTFMax > cap(buf) {
			break
		}
		switch {
		case r < utf8.RuneSelf:
			if r-'A' < 26 && r >= 'A' {
				r += 'a' - 'A'
			}
			buf = append(buf, byte(r))
			continue
		case r >= 'А' && r <= 'Я':
			r += 'а' - 'А'
		case r >= 'а' && r <= 'я':
		default:
			r = unicode.ToLower(r)
		}
		buf = utf8.AppendRune(buf, r)
	}
	return buf
}

var (
	idLabels    = wordSet("инн стир inn stir tin id ид пинфл jshshir жшшир мфо mfo паспорт passport pasport заказ заказа order buyurtma буюртма заявка zayavka инвойс invoice счет счёт schet hisob ҳисоб накладная cmr код kod code р/с р/сч х/р h/r x/r сумма summa итого jami жами баланс balans")
	paperLabels = wordSet("договор договора договору шартнома shartnoma контракт контракта kontrakt contract cmr смр накладная накладной инвойс invoice инн стир inn stir паспорт passport pasport фактура faktura акт доверенность ишончнома трек трекинг trek track артикул")
	priceLabels = wordSet("нарх нархи narx narxi цена стоимость фрахт fraxt freight ставка stavka оплата толов тўлов tolov yolkira")
)

// phoneLabel reports a word that says that a phone follows.
func phoneLabel(word string) bool {
	for _, p := range [...]string{"тел", "tel", "ном", "nom", "raqam", "рақам", "ракам", "phone", "моб", "mob", "контакт", "kontakt", "contact", "aloqa", "алоқа", "алока", "whats", "ватс"} {
		if strings.HasPrefix(word, p) {
			return true
		}
	}
	return false
}

// wordSet makes a set of a list with spaces.
func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}
