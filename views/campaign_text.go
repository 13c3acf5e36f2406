package views

import (
	"context"
	"time"

	"postix/domain"
	"postix/views/locale"
)

// CampaignTextForm is the text of a campaign while it is being changed.
type CampaignTextForm struct {
	Now      time.Time
	Campaign domain.Campaign // as it is now: its version is the one that is changed
	Text     string          // as typed
	Theirs   domain.Text     // what somebody else has made of it meanwhile; the zero text for nothing
	Err      error
}

func (f CampaignTextForm) fieldError(ctx context.Context) string {
	if f.Err == nil {
		return ""
	}
	return locale.FieldError(ctx, f.Err, "text")
}

// formats are those that the text goes out with: a changed one has none.
func (f CampaignTextForm) formats() domain.Formats {
	if text, err := domain.CleanText(f.Text); err != nil || text != f.Campaign.Text {
		return nil
	}
	return f.Campaign.Formats
}

func textURL(id int64) string { return CampaignURL(id) + "/text" }

// textReach says how many messages a new text still reaches, and how many it
// does not.
func textReach(ctx context.Context, n domain.Counts) string {
	reach := locale.N(ctx, "campaign.text.reach", n.Open())
	if gone := n.Sent + n.Uncertain; gone > 0 {
		reach += " " + locale.N(ctx, "campaign.text.gone", gone)
	}
	return reach
}
