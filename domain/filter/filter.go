// Package filter decides whether a message in a cargo group comes from a
// dispatcher, a middle-man who floods groups with other people's loads. It is
// pure: no clock, no storage, no network; time is the messages' own.
//
// Every rule is always evaluated and all hits are kept. [Engine.Check] judges
// one message and remembers it; [Engine.Explain] judges and remembers nothing.
package filter

import "time"

// Message is a group message with what is known of its sender.
type Message struct {
	ID          int64 // Telegram's, within its chat; 0: not known, such a message equals no other
	At          time.Time
	ChatID      int64 // 0: not known, such a message counts for no group
	ChatTitle   string
	ChatMembers int    // 0: not known
	SenderID    int64  // 0: not known; below 0: a chat, which is never judged
	Username    string // without @
	FirstName   string
	LastName    string
	Bio         string // "" where it is not known
	Text        string
}

// Hit is a rule's positive answer with what it saw. Pages make a sentence of it
// in the reader's language, [Hit.String] makes an English one.
type Hit struct {
	Rule     Rule
	Severity Severity
	Seen     string        // the word, the phone, the trait ("unusual_script"); "" where a count says it all
	Count    int           // how many were seen, 0 where nothing is counted
	Within   time.Duration // the window of the count, 0 for none
}

// Verdict is what the rules say of one message.
type Verdict struct {
	Dispatcher bool
	Severity   Severity // the highest of the hits
	Rule       Rule     // the first hit in the order of the rules; [PhoneRequired] where it stopped the others; "" for none
	Hits       []Hit    // in the order of the rules
	Phones     []string // E.164, in the order of the text, each once
	Allowed    bool     // the sender or a word is on the allow list: no dispatcher, whatever the hits
}
