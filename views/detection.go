package views

import (
	"context"
	"strings"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
	"postix/views/ui"
)

// The ids of what the live stream of a detection renews.
const (
	DetectionReviewID  = "detection-review"
	DetectionSenderID  = "detection-sender"
	DetectionRepliesID = "detection-replies"
)

// DetectionPage is one detection with all that speaks for it.
type DetectionPage struct {
	domain.Detection
	Now     time.Time
	Rules   filter.Settings // that hold now
	Account domain.Account  // that heard it, and answers
	Ours    bool            // the account is one that the viewer may see
	Open    int             // other detections of the sender that nobody has reviewed
}

// hit is what a rule saw, and whether it saw anything.
func (p DetectionPage) hit(r filter.Rule) (filter.Hit, bool) {
	for _, h := range p.Hits {
		if h.Rule == r {
			return h, true
		}
	}
	return filter.Hit{}, false
}

// silent are the rules that saw nothing, in their order. The gate is one of them
// when it let the message through.
func (p DetectionPage) silent() (rules []filter.Rule) {
	for _, r := range filter.Rules() {
		if _, hit := p.hit(r); !hit {
			rules = append(rules, r)
		}
	}
	return rules
}

// phones are the numbers in the text, as people write them.
func (p DetectionPage) phones() string {
	out := make([]string, len(p.Phones))
	for i, n := range p.Phones {
		out[i] = domain.Phone(n).String()
	}
	return strings.Join(out, ", ")
}

// actURL is where a button of the page posts to.
func (p DetectionPage) actURL(act string) string { return DetectionURL(p.ID) + "/" + act }

// ofSender is the list of the sender's detections.
func (p DetectionPage) ofSender() string { return senderURL(p.SenderID) }

func senderURL(id int64) string { return string(NavWatch) + "?sender=" + itoa(id) }

// askReviewRest is the question before all of the sender's other detections get
// the same review.
func askReviewRest(ctx context.Context, p DetectionPage) ui.Question {
	_, _, key := reviewLook(p.Review)
	return ui.Question{
		Title: locale.N(ctx, "watch.review_rest_title", p.Open),
		Text:  locale.T(ctx, "watch.review_rest_text", "Review", locale.T(ctx, "watch.review."+key)),
		Yes:   locale.T(ctx, "watch.review_rest_yes"), Mild: true,
	}
}

// askList is the question before a sender comes onto a list, or off it.
func askList(ctx context.Context, s domain.Sender, list domain.SenderList) ui.Question {
	key := "watch.list." + string(list)
	if list == domain.ListNone {
		key = "watch.list.none"
	}
	return ui.Question{
		Title: locale.T(ctx, key+".title", "Name", ui.Visible(senderName(s))), Text: locale.T(ctx, key+".text"),
		Yes: locale.T(ctx, key+".button"), Mild: list != domain.ListBlock,
	}
}
