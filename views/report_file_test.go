package views

import (
	"bytes"
	"context"
	"encoding/csv"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
	"postix/views/sheet"
)

func TestPhonesInFiles(t *testing.T) {
	for phone, want := range map[string]string{
		"+998901234567":    "998 90 123 45 67",
		"+77012345678":     "7 701 234 56 78",
		"+996555123456":    "996 555 123 456",
		"+37060112345":     "370 601 123 45",
		"+4915112345678":   "491 511 234 567 8",
		"+123456789012345": "123 456 789 012 345",
		"":                 "",
		"998901234567":     "998901234567", // none of E.164
		"Moskva":           "Moskva",
	} {
		if got := phoneWords(phone); got != want {
			t.Errorf("%s is written as %q, want %q", phone, got, want)
		}
	}
}

// fileLine is a detection as a CSV file has it.
func fileLine(t *testing.T, d domain.Detection) []string {
	t.Helper()
	ctx := locale.With(context.Background(), "en", nil)
	var b bytes.Buffer
	w, err := sheet.New(&b, sheet.CSV)
	if err != nil {
		t.Fatal(err)
	}
	if err := DetectionCells(ctx, w, d); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\uFEFF"))))
	r.Comma = ';'
	line, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// What is said several times of the answers to one message stands there once,
// with its number.
func TestAnswersInFiles(t *testing.T) {
	reply := func(s domain.DeliveryStatus) domain.Reply { return domain.Reply{Status: s} }
	for want, replies := range map[string][]domain.Reply{
		"Answered":               {reply(domain.DeliverySent)},
		"Answered: 2 groups":     {reply(domain.DeliverySent), reply(domain.DeliverySent)},
		"Answered, Reply failed": {reply(domain.DeliverySent), reply(domain.DeliveryFailed)},
	} {
		line := fileLine(t, domain.Detection{Replies: replies})
		if got := line[len(line)-1]; got != want {
			t.Errorf("%d answers are %q, want %q", len(replies), got, want)
		}
	}
}

// A number that a rule names is written as the others are: no apostrophe stands
// before it.
func TestPhonesThatRulesSaw(t *testing.T) {
	hit := filter.Hit{Rule: filter.PhoneSpam, Seen: "+998901234567", Count: 20, Within: 30 * time.Minute}
	line := fileLine(t, domain.Detection{Hits: []filter.Hit{hit}, Phones: []string{"+998901234567", "+77012345678"}})
	if line[3] != "998 90 123 45 67 was seen in 20 groups within 30 minutes." || line[11] != "998 90 123 45 67, 7 701 234 56 78" {
		t.Errorf("the line is %q", line)
	}
}
