package db

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"postix/db/sqlc"
	"postix/domain"
	"postix/domain/filter"
)

// ruleBits are the rules in the order of their bits in detections.rules, which
// are stored: a new rule goes to the end, and none ever leaves its place.
var ruleBits = []filter.Rule{
	filter.CustomFilter, filter.ProfileKeyword, filter.SuspiciousProfile, filter.PhoneSpam, filter.ForeignRoute,
	filter.MessageLength, filter.EmojiCount, filter.BlankLines, filter.GroupActivity, filter.MessageFrequency,
	filter.DuplicateMessage, filter.MessageKeyword,
}

// ruleBit is 0 for a rule that never hits.
func ruleBit(r filter.Rule) int64 {
	if i := slices.Index(ruleBits, r); i >= 0 {
		return 1 << i
	}
	return 0
}

func ruleSet(hits []filter.Hit) (set int64) {
	for _, h := range hits {
		set |= ruleBit(h.Rule)
	}
	return set
}

// How settings and hits are stored: under names that no renaming in the domain
// changes.
type (
	storedKeywords struct {
		Username []string `json:"username"`
		Places   []string `json:"places"`
		Message  []string `json:"message"`
	}
	storedHit struct {
		Rule     filter.Rule     `json:"rule"`
		Severity filter.Severity `json:"severity"`
		Seen     string          `json:"seen,omitempty"`
		Count    int             `json:"count,omitempty"`
		Within   time.Duration   `json:"within_ns,omitempty"`
	}
)

// fromKeywords is empty for the built-in lists, which grow with the program.
func fromKeywords(k filter.Keywords) (string, error) {
	d := filter.DefaultKeywords()
	if slices.Equal(k.Username, d.Username) && slices.Equal(k.Places, d.Places) && slices.Equal(k.Message, d.Message) {
		return "", nil
	}
	b, err := json.Marshal(storedKeywords(k))
	return string(b), err
}

func toKeywords(stored string) (filter.Keywords, error) {
	if stored == "" {
		return filter.DefaultKeywords(), nil
	}
	var k storedKeywords
	err := json.Unmarshal([]byte(stored), &k)
	return filter.Keywords(k), err
}

func fromHits(hits []filter.Hit) (string, error) {
	stored := make([]storedHit, len(hits))
	for i, h := range hits {
		stored[i] = storedHit(h)
	}
	b, err := json.Marshal(stored)
	return string(b), err
}

func toHits(stored string) ([]filter.Hit, error) {
	var hits []storedHit
	if err := json.Unmarshal([]byte(stored), &hits); err != nil {
		return nil, err
	}
	out := make([]filter.Hit, len(hits))
	for i, h := range hits {
		out[i] = filter.Hit(h)
	}
	return out, nil
}

// fromWatchSettings is the row as it is changed, but for its new version.
func fromWatchSettings(organizationID int64, w domain.WatchSettings) (p sqlc.UpdateWatchSettingsParams, err error) {
	rules, err := json.Marshal(w.Rules)
	if err != nil {
		return p, fmt.Errorf("write the rules down: %w", err)
	}
	keywords, err := fromKeywords(w.Keywords)
	if err != nil {
		return p, fmt.Errorf("write the keywords down: %w", err)
	}
	return sqlc.UpdateWatchSettingsParams{
		Mode: string(w.Mode), AllGroups: flag(w.AllGroups), Rules: string(rules), Keywords: keywords,
		ReplyFrom: int64(w.Reply.From), ReplyCooldownMs: w.Reply.Cooldown.Milliseconds(), ReplySourceFirst: flag(w.Reply.SourceFirst),
		ReplyPerChat: int64(w.Reply.PerChat), ReplyPerSender: int64(w.Reply.PerSender), ReplyPerDay: int64(w.Reply.PerDay),
		KeepDays: int64(w.KeepDays), OrganizationID: organizationID,
		Version: int64(w.Version), NewVersion: int64(w.Version), Edition: int64(w.Edition),
	}, nil
}

func toWatchSettings(r sqlc.WatchSetting) (domain.WatchSettings, error) {
	rules, err := filter.ParseSettings([]byte(r.Rules))
	if err != nil {
		return domain.WatchSettings{}, fmt.Errorf("the rules of organization %d: %w", r.OrganizationID, err)
	}
	keywords, err := toKeywords(r.Keywords)
	if err != nil {
		return domain.WatchSettings{}, fmt.Errorf("the keywords of organization %d: %w", r.OrganizationID, err)
	}
	return domain.WatchSettings{
		Mode: domain.WatchMode(r.Mode), AllGroups: r.AllGroups == 1, Rules: rules, Keywords: keywords,
		Reply: domain.ReplySettings{
			From: filter.Severity(r.ReplyFrom), Cooldown: duration(r.ReplyCooldownMs), SourceFirst: r.ReplySourceFirst == 1,
			PerChat: int(r.ReplyPerChat), PerSender: int(r.ReplyPerSender), PerDay: int(r.ReplyPerDay),
		},
		KeepDays: int(r.KeepDays), Version: int(r.Version), Edition: int(r.Edition),
	}, nil
}

func toSender(r sqlc.Sender, filterID, block int64) domain.Sender {
	return domain.Sender{
		ID: r.SenderID, Username: r.Username, FirstName: r.FirstName, LastName: r.LastName,
		FirstAt: at(r.FirstAt), LastAt: at(r.LastAt), Detections: int(r.Detections), MarkedAt: at(r.MarkedAt),
		CooldownUntil: at(r.CooldownUntil), LastTemplate: r.LastTemplate,
		Allowed: filterID != 0 && block == 0, Blocked: filterID != 0 && block == 1,
	}
}

func toDetection(r sqlc.DetectionsByIDRow) (domain.Detection, error) {
	d := r.Detection
	hits, err := toHits(d.Hits)
	if err != nil {
		return domain.Detection{}, fmt.Errorf("the hits of detection %d: %w", d.ID, err)
	}
	var phones []string
	if err := json.Unmarshal([]byte(d.Phones), &phones); err != nil {
		return domain.Detection{}, fmt.Errorf("the phones of detection %d: %w", d.ID, err)
	}
	return domain.Detection{
		ID: d.ID, OrganizationID: d.OrganizationID, AccountID: d.AccountID,
		Message: filter.Message{
			ID: d.MessageID, At: at(d.At), ChatID: d.ChatID, ChatTitle: r.Title, ChatMembers: int(r.Members),
			SenderID: d.SenderID, Username: d.Username, FirstName: d.FirstName, LastName: d.LastName, Text: r.Body,
		},
		Severity: filter.Severity(d.Severity), Rule: filter.Rule(d.Rule), Hits: hits, Phones: phones,
		Sender: toSender(r.Sender, r.FilterID, r.Block),
		Review: domain.Review(d.Review), ReviewedBy: r.Reviewer, ReviewedAt: at(d.ReviewedAt), Silence: d.Silence, Until: at(d.SilenceUntil),
	}, nil
}

// foldSender is what a sender is found by.
func foldSender(m *filter.Message) string {
	name := strings.TrimSpace(m.FirstName + " " + m.LastName)
	if m.Username != "" {
		name += " @" + m.Username
	}
	return fold(strings.TrimSpace(name))
}

// firstChannel is the highest id of a supergroup: those of basic groups are
// above it.
const firstChannel = -1_000_000_000_001

// messageKey is the same whichever account heard the message. In a basic group
// each account numbers messages for itself, so there it is made of what all see.
// Source: https://core.telegram.org/api/updates#message-related-event-sequences
func messageKey(m *filter.Message) int64 {
	if m.ChatID <= firstChannel && m.ID > 0 {
		return m.ID
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(m.SenderID))
	binary.BigEndian.PutUint64(b[8:], uint64(ms(m.At)))
	sum := sha256.Sum256(append(b[:], m.Text...))
	return -1 - int64(binary.BigEndian.Uint64(sum[:])>>1)
}

// textHash is long enough that nobody finds two texts with the same one.
func textHash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:16]
}
