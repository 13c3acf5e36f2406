package filter

// nationalDigits is how many digits a number of a country has after the
// country's code. A zero max is a code that nobody has.
type nationalDigits struct{ min, max uint8 }

// countries holds the lengths by calling code (ITU-T E.164 assigned country
// codes; lengths as national numbering plans give them, without short and
// machine numbers).
var countries = [1000]nationalDigits{
	1: {10, 10}, 7: {10, 10},
	20: {9, 10}, 27: {9, 9}, 30: {10, 10}, 31: {9, 9}, 32: {8, 9}, 33: {9, 9}, 34: {9, 9}, 36: {8, 9}, 39: {8, 11},
	40: {9, 9}, 41: {9, 9}, 43: {7, 12}, 44: {9, 10}, 45: {8, 8}, 46: {7, 9}, 47: {8, 8}, 48: {9, 9}, 49: {7, 11},
	51: {8, 9}, 52: {10, 10}, 53: {8, 8}, 54: {10, 11}, 55: {10, 11}, 56: {9, 9}, 57: {10, 10}, 58: {10, 10},
	60: {8, 10}, 61: {9, 9}, 62: {8, 12}, 63: {9, 10}, 64: {8, 10}, 65: {8, 8}, 66: {8, 9},
	81: {9, 10}, 82: {8, 10}, 84: {9, 10}, 86: {10, 11},
	90: {10, 10}, 91: {10, 10}, 92: {9, 10}, 93: {9, 9}, 94: {9, 9}, 95: {8, 10}, 98: {10, 10},
	211: {9, 9}, 212: {9, 9}, 213: {8, 9}, 216: {8, 8}, 218: {9, 9}, 220: {7, 7}, 221: {9, 9}, 222: {8, 8}, 223: {8, 8},
	224: {8, 9}, 225: {10, 10}, 226: {8, 8}, 227: {8, 8}, 228: {8, 8}, 229: {8, 10}, 230: {7, 8}, 231: {7, 9}, 232: {8, 8},
	233: {9, 9}, 234: {8, 10}, 235: {8, 8}, 236: {8, 8}, 237: {8, 9}, 238: {7, 7}, 239: {7, 7}, 240: {9, 9}, 241: {7, 8},
	242: {9, 9}, 243: {9, 9}, 244: {9, 9}, 245: {7, 9}, 248: {7, 7}, 249: {9, 9}, 250: {9, 9}, 251: {9, 9}, 252: {7, 9},
	253: {8, 8}, 254: {9, 9}, 255: {9, 9}, 256: {9, 9}, 257: {8, 8}, 258: {8, 9}, 260: {9, 9}, 261: {9, 9}, 262: {9, 9},
	263: {9, 9}, 264: {8, 9}, 265: {7, 9}, 266: {8, 8}, 267: {7, 8}, 268: {8, 8}, 269: {7, 7},
	297: {7, 7}, 350: {8, 8}, 351: {9, 9}, 352: {8, 9}, 353: {7, 9}, 354: {7, 9}, 355: {8, 9}, 356: {8, 8}, 357: {8, 8},
	358: {7, 11}, 359: {8, 9}, 370: {8, 8}, 371: {8, 8}, 372: {7, 8}, 373: {8, 8}, 374: {8, 8}, 375: {9, 9}, 376: {8, 9},
	377: {8, 9}, 378: {8, 10}, 380: {9, 9}, 381: {8, 9}, 382: {8, 8}, 383: {8, 9}, 385: {8, 9}, 386: {8, 8}, 387: {8, 9},
	389: {8, 8}, 420: {9, 9}, 421: {9, 9}, 423: {7, 9},
	501: {7, 7}, 502: {8, 8}, 503: {8, 8}, 504: {8, 8}, 505: {8, 8}, 506: {8, 8}, 507: {7, 8}, 509: {8, 8}, 590: {9, 9},
	591: {8, 8}, 592: {7, 7}, 593: {8, 9}, 594: {9, 9}, 595: {9, 9}, 596: {9, 9}, 597: {7, 7}, 598: {8, 8}, 599: {7, 8},
	670: {7, 8}, 673: {7, 7}, 675: {7, 8}, 679: {7, 7}, 850: {8, 10}, 852: {8, 8}, 853: {8, 8}, 855: {8, 9}, 856: {8, 10},
	880: {8, 10}, 886: {8, 9}, 960: {7, 7}, 961: {7, 8}, 962: {8, 9}, 963: {8, 9}, 964: {8, 10}, 965: {8, 8}, 966: {9, 9},
	967: {7, 9}, 968: {8, 8}, 970: {8, 9}, 971: {8, 9}, 972: {8, 9}, 973: {8, 8}, 974: {8, 8}, 975: {7, 8}, 976: {8, 8},
	977: {8, 10}, 992: {9, 9}, 993: {8, 8}, 994: {9, 9}, 995: {9, 9}, 996: {9, 9}, 998: {9, 9},
}

// country finds the calling code that digits begin with: how long it is and how
// many digits follow it. No code is the beginning of another (E.164).
func country(digits []uint8) (code int, national nationalDigits, ok bool) {
	cc := 0
	for i := range min(3, len(digits)) {
		cc = cc*10 + int(digits[i]-'0')
		if cc == 0 {
			break
		}
		if countries[cc].max != 0 {
			return i + 1, countries[cc], true
		}
	}
	return 0, nationalDigits{}, false
}

// uzbekCodes are the area and operator codes of Uzbekistan, the first two of a
// local number's nine digits: those that libphonenumber 9 knows, and 96, which it
// does not and messages have.
var uzbekCodes = func() (t [100]bool) {
	for _, c := range [...]int{20, 33, 50, 55, 61, 62, 65, 66, 67, 69, 80, 87, 88} {
		t[c] = true
	}
	for c := range 10 {
		t[70+c], t[90+c] = true, true
	}
	return t
}()

// uzbekLocal reports nine digits that may be a number inside Uzbekistan.
func uzbekLocal(d []uint8) bool {
	return len(d) == 9 && uzbekCodes[(d[0]-'0')*10+d[1]-'0']
}
