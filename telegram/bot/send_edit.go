package bot

import (
	"encoding/json"
	"hash/crc32"
	"slices"

	"postix/domain"
)

// typedIn is a message of his, and what stands for its text.
type typedIn struct {
	Message int    `json:"message,omitempty"`
	Sum     uint32 `json:"sum,omitempty"`
}

func typedOf(in incoming) typedIn {
	raw, _ := json.Marshal([]any{in.Text, in.Entities, in.Long}) // strings and numbers
	return typedIn{in.MessageID, crc32.ChecksumIEEE(raw)}
}

// typed notes what was typed at a step.
func (o *order) typed(step string, in incoming) {
	if o.Typed == nil {
		o.Typed = map[string]typedIn{}
	}
	o.Typed[step] = typedOf(in)
}

// edited takes anew what he has mended in his own message, where it was typed for the
// order that is being put together: he sees the new text there, and would believe that
// it counts. Where a campaign came of the order, he is told that it has the text from
// before. Anything else that he changes in his messages has been answered. Telegram
// tells of changes that concern no text, too
// (https://core.telegram.org/bots/api#update).
func (t *turn) edited() error {
	a, err := t.Access.Actor(t.ctx, t.in.From)
	if domain.IsCode(err, domain.NotFound) || domain.IsCode(err, domain.Forbidden) {
		return nil
	}
	if err != nil {
		return err
	}
	t.as(a)
	k, err := t.conversation()
	switch {
	case err != nil:
		return err
	case t.in.Secret:
		return t.refuseCode()
	}
	now := typedOf(t.in)
	for _, s := range sendSteps {
		if k.Order == nil || k.Order.Typed[s.name].Message != now.Message {
			continue
		}
		if k.Order.Typed[s.name] == now {
			return nil
		}
		return t.gone(t.editedOrder(k, s))
	}
	i := slices.IndexFunc(k.Ordered, func(o ordered) bool { return o.Text.Message == now.Message })
	if i < 0 || k.Ordered[i].Text == now {
		return nil
	}
	k.Ordered[i].Text = now
	if err := t.await(k.Step); err != nil {
		return err
	}
	return t.gone(t.editedLate(k.Ordered[i].Campaign))
}

// editedOrder takes what was mended for a step of the order. While something else is
// waited for that stays so, and only a text is taken: the next step is not asked about.
func (t *turn) editedOrder(k *talk, at step) error {
	if slices.ContainsFunc(sendSteps, func(s step) bool { return s.name == k.Step }) {
		return at.do(t, t.in.Text)
	}
	if at.name != stepText || t.in.Long {
		return nil
	}
	text, formats, err := domain.CleanFormatted(t.in.Text, formatsOf(t.in.Entities))
	if err != nil {
		return err
	}
	k.Order.typed(at.name, t.in)
	k.Order.Text, k.Order.Formats = text, formats
	if err := t.await(k.Step); err != nil {
		return err
	}
	return t.show(screen{
		text: t.T("bot.send.edited_draft") + "\n\n" + quoted(k.Order, orderedText),
		rows: [][]button{row(press("▶️ "+t.T("bot.send.resume_yes"), "send.on", k.Order.Key))},
	})
}

// editedLate tells that a campaign has the text from before.
func (t *turn) editedLate(id int64) error {
	c, err := t.Campaigns.Store.Campaign(t.ctx, t.actor.Sight(), id)
	if err != nil {
		return err
	}
	said := "bot.send.edited_late"
	if !c.Status.Live() && c.Counts.Open() == 0 {
		said = "bot.send.edited_done"
	}
	return t.show(screen{text: t.T(said, "ID", id), rows: [][]button{row(press(t.T("campaign.number", "ID", id), "c", id))}})
}
