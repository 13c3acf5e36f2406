package views

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
	"postix/views/ui"
)

// WatchFormID is the form of the filter's settings: what a replay renews.
const WatchFormID = "watch-form"

// WatchSettingsPage is how an organization filters.
type WatchSettingsPage struct {
	Form   WatchForm
	Theirs *WatchForm      // what somebody else has stored meanwhile, nil for nothing
	Replay *domain.Changed // what the form would have made of the last day, nil where nobody asked
	Now    time.Time
	Err    error
}

// WatchForm is the filter's settings as they are typed.
type WatchForm struct {
	Version     int // of the settings that it began with
	Mode        domain.WatchMode
	AllGroups   bool
	Rules       map[filter.Rule]bool
	Counts      map[string]string      // by field: those of [WatchCounts]
	Lengths     map[string]TypedLength // ... and of [WatchLengths]
	ReplyFrom   string                 // a severity
	SourceFirst bool
}

// TypedLength is a length of time as it is typed.
type TypedLength struct{ Number, Unit string }

// WatchCounts are the settings that are whole numbers, by the name of their
// field.
func WatchCounts(s *domain.WatchSettings) map[string]*int {
	r := &s.Rules
	return map[string]*int{
		"profile.length": &r.Profile.Length, "profile.repeated": &r.Profile.Repeated,
		"profile.emoji": &r.Profile.Emoji, "profile.no_letters": &r.Profile.NoLetters,
		"phone_groups": &r.PhoneGroups, "length": &r.Length, "emoji": &r.Emoji, "blank_lines": &r.BlankLines,
		"activity_groups": &r.ActivityGroups, "frequency_messages": &r.FrequencyMessages, "duplicate_prefix": &r.DuplicatePrefix,
		"per_chat": &s.Reply.PerChat, "per_sender": &s.Reply.PerSender, "per_day": &s.Reply.PerDay, "keep_days": &s.KeepDays,
	}
}

// WatchLengths are the settings that are lengths of time, by the name of their
// field.
func WatchLengths(s *domain.WatchSettings) map[string]*time.Duration {
	return map[string]*time.Duration{
		"phone_window": (*time.Duration)(&s.Rules.PhoneWindow), "activity_window": (*time.Duration)(&s.Rules.ActivityWindow),
		"frequency_window": (*time.Duration)(&s.Rules.FrequencyWindow), "duplicate_window": (*time.Duration)(&s.Rules.DuplicateWindow),
		"cooldown": &s.Reply.Cooldown,
	}
}

// ruleFields are the fields of each rule that has any, in the order of the form.
var ruleFields = map[filter.Rule][]string{
	filter.SuspiciousProfile: {"profile.length", "profile.repeated", "profile.emoji", "profile.no_letters"},
	filter.PhoneSpam:         {"phone_groups", "phone_window"},
	filter.MessageLength:     {"length"},
	filter.EmojiCount:        {"emoji"},
	filter.BlankLines:        {"blank_lines"},
	filter.GroupActivity:     {"activity_groups", "activity_window"},
	filter.MessageFrequency:  {"frequency_messages", "frequency_window"},
	filter.DuplicateMessage:  {"duplicate_window", "duplicate_prefix"},
}

// replyFields are the fields of answers.
var replyFields = []string{"cooldown", "per_sender", "per_chat", "per_day"}

// TypedWatch is how settings stand in their form.
func TypedWatch(s domain.WatchSettings) WatchForm {
	f := WatchForm{
		Version: s.Version, Mode: s.Mode, AllGroups: s.AllGroups, Rules: map[filter.Rule]bool{}, Counts: map[string]string{},
		Lengths: map[string]TypedLength{}, ReplyFrom: s.Reply.From.String(), SourceFirst: s.Reply.SourceFirst,
	}
	for _, r := range filter.Rules() {
		f.Rules[r] = s.Rules.On(r)
	}
	for field, n := range WatchCounts(&s) {
		f.Counts[field] = strconv.Itoa(*n)
	}
	for field, d := range WatchLengths(&s) {
		n, unit := typedLength(*d)
		f.Lengths[field] = TypedLength{n, unit}
	}
	return f
}

// words is what a field says, for people.
func (f WatchForm) words(ctx context.Context, field string) string {
	if l, ok := f.Lengths[field]; ok {
		return l.Number + " " + locale.T(ctx, "campaign.unit."+l.Unit)
	}
	return f.Counts[field]
}

// fieldUnits are what the numbers count: keys below "watch.unit.".
var fieldUnits = map[string]string{
	"profile.length": "characters", "profile.repeated": "characters", "profile.emoji": "emoji", "profile.no_letters": "characters",
	"phone_groups": "groups", "length": "characters", "emoji": "emoji", "blank_lines": "lines",
	"activity_groups": "groups", "frequency_messages": "messages", "duplicate_prefix": "characters",
	"per_chat": "messages", "per_sender": "messages", "per_day": "messages", "keep_days": "days",
}

// usualWords say what a new organization begins with in a field, with its unit.
func usualWords(ctx context.Context, field string) string {
	s := domain.DefaultWatchSettings()
	if n, ok := WatchCounts(&s)[field]; ok {
		return locale.T(ctx, "watch.set.usual", "Value", locale.N(ctx, "watch.unit."+fieldUnits[field], *n))
	}
	return locale.T(ctx, "watch.set.usual", "Value", *WatchLengths(&s)[field])
}

// differs names what another form has otherwise, with what stands there.
func (f WatchForm) differs(ctx context.Context, other WatchForm) (out []string) {
	say := func(differs bool, name, value string) {
		if differs {
			out = append(out, name+": "+value)
		}
	}
	say(f.Mode != other.Mode, locale.T(ctx, "watch.set.mode"), locale.T(ctx, "watch.mode."+string(other.Mode)))
	say(f.AllGroups != other.AllGroups, locale.T(ctx, "watch.set.groups"), groupsWord(ctx, other.AllGroups))
	for _, r := range filter.Rules() {
		say(f.Rules[r] != other.Rules[r], RuleWord(ctx, r), onWord(ctx, other.Rules[r]))
		for _, field := range ruleFields[r] {
			say(f.words(ctx, field) != other.words(ctx, field), RuleWord(ctx, r)+" – "+fieldName(ctx, field), other.words(ctx, field))
		}
	}
	say(f.ReplyFrom != other.ReplyFrom, locale.T(ctx, "watch.set.reply_from"), locale.T(ctx, "watch.severity."+other.ReplyFrom))
	say(f.SourceFirst != other.SourceFirst, locale.T(ctx, "watch.set.source_first"), onWord(ctx, other.SourceFirst))
	for _, field := range append(slices.Clone(replyFields), "keep_days") {
		say(f.words(ctx, field) != other.words(ctx, field), fieldName(ctx, field), other.words(ctx, field))
	}
	return out
}

func fieldName(ctx context.Context, field string) string {
	return locale.T(ctx, "watch.field."+field)
}

func onWord(ctx context.Context, on bool) string {
	if on {
		return locale.T(ctx, "watch.set.on")
	}
	return locale.T(ctx, "watch.set.off")
}

func groupsWord(ctx context.Context, all bool) string {
	if all {
		return locale.T(ctx, "watch.set.groups_all")
	}
	return locale.T(ctx, "watch.set.groups_chosen")
}

// Values of the choice of groups.
const (
	GroupsAll    = "all"
	GroupsChosen = "chosen"
)

func groupsValue(all bool) string {
	if all {
		return GroupsAll
	}
	return GroupsChosen
}

func modeOptions(ctx context.Context) (out []ui.Option) {
	for _, m := range domain.WatchModes {
		out = append(out, ui.Option{
			Value: string(m), Label: locale.T(ctx, "watch.mode."+string(m)), Hint: locale.T(ctx, "watch.mode_about."+string(m)),
		})
	}
	return out
}

func groupsOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: GroupsChosen, Label: groupsWord(ctx, false), Hint: locale.T(ctx, "watch.set.groups_chosen_about")},
		{Value: GroupsAll, Label: groupsWord(ctx, true), Hint: locale.T(ctx, "watch.set.groups_all_about")},
	}
}

func severityOptions(ctx context.Context) (out []ui.Option) {
	for s := filter.Low; s <= filter.Critical; s++ {
		out = append(out, ui.Option{Value: s.String(), Label: SeverityWord(ctx, s)})
	}
	return out
}

// faultField is the field that an error names, "" for none.
func faultField(err error) string {
	var e *domain.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}
