package views

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
)

// What the audit keeps of a change is "what: was → is". These say it to a person;
// what they do not know stays as it is kept.

// changeWords says each part of what is kept: word names what has changed, "" for
// what is not known, and value says what it was and is.
func changeWords(kept, between, after string, word func(what string) string, value func(what, kept string) string) string {
	parts := strings.Split(kept, between)
	for i, p := range parts {
		what, values, ok := strings.Cut(p, after)
		was, is, changed := strings.Cut(values, "→ ")
		label := word(what)
		if !ok || !changed || label == "" {
			continue
		}
		parts[i] = label + ": " + value(what, strings.TrimSpace(was)) + " → " + value(what, is)
	}
	return strings.Join(parts, between)
}

// editWords says what was changed about a user, after his name.
func editWords(ctx context.Context, kept string) string {
	return changeWords(kept, "; ", ": ", func(what string) string {
		switch what {
		case "name", "email", "telegram_id", "sees", "read_only":
			return locale.T(ctx, "user.field."+what)
		case "role":
			return locale.T(ctx, "user.col.role")
		case "department":
			return locale.T(ctx, "user.col.department")
		}
		return ""
	}, func(what, kept string) string { return userWord(ctx, what, kept) })
}

// organizationEditWords say what of an organization was changed.
func organizationEditWords(ctx context.Context, kept string) string {
	return changeWords(kept, "; ", ": ", func(what string) string {
		if what == "name" || what == "zone" {
			return locale.T(ctx, "organization."+what)
		}
		return ""
	}, func(_, kept string) string { return kept })
}

func userWord(ctx context.Context, what, kept string) string {
	switch what {
	case "role":
		if slices.Contains([]domain.Role{domain.RoleOwner, domain.RoleManager, domain.RoleMember}, domain.Role(kept)) {
			return roleTitle(ctx, domain.Role(kept))
		}
	case "sees":
		if kept == "" {
			return locale.T(ctx, "user.sees.own")
		}
		if s := domain.Sees(kept); s == domain.SeesDepartment || s == domain.SeesOrganization {
			return locale.T(ctx, "user.sees."+kept)
		}
	case "read_only":
		if kept == "true" {
			return locale.T(ctx, "audit.yes")
		}
		return locale.T(ctx, "audit.no")
	case "department":
		number, name, named := strings.Cut(kept, " ")
		switch {
		case named:
			return name
		case number != "0" && number != "":
			return "№" + number
		}
		return "–"
	}
	if kept == "" || kept == "0" {
		return "–"
	}
	return kept
}

// paceChange says what was changed of a pace.
func paceChange(ctx context.Context, kept string) string {
	return changeWords(kept, ", ", " ", func(what string) string {
		switch what {
		case "gap_min", "gap_max", "quiet":
			return locale.T(ctx, "audit.pace."+what)
		case "chat_gap", "per_hour", "per_day", "min_interval", "days":
			return locale.T(ctx, "settings."+what)
		}
		return ""
	}, func(what, kept string) string { return paceWord(ctx, what, kept) })
}

func paceWord(ctx context.Context, what, kept string) string {
	if d, err := time.ParseDuration(kept); err == nil && kept != "0" {
		return length(ctx, d)
	}
	n, err := strconv.Atoi(kept)
	switch {
	case kept == "-":
		return "–"
	case err != nil:
		return kept
	case what == "days":
		return daysWords(ctx, domain.Days(n))
	case n == 0:
		return locale.T(ctx, "settings.no_cap")
	}
	return locale.Num(ctx, n)
}

// blockWords says from and until when somebody was blocked, behind why.
func blockWords(ctx context.Context, kept string) string {
	rest, until := cutTime(ctx, kept, "; until: ", "user.block.until")
	rest, from := cutTime(ctx, rest, "; from: ", "user.block.from")
	if from == "" { // kept before the times were
		return kept
	}
	return rest + from + until
}

// cutTime splits what is kept before a time at its end, and says the time.
func cutTime(ctx context.Context, kept, mark, label string) (rest, said string) {
	i := strings.LastIndex(kept, mark)
	if i < 0 {
		return kept, ""
	}
	at, err := time.Parse("2006-01-02 15:04 MST", kept[i+len(mark):])
	if err != nil {
		return kept, ""
	}
	return kept[:i], "; " + locale.T(ctx, label) + ": " + locale.DateTime(ctx, at)
}

// stopWords says who stops an organization now.
func stopWords(ctx context.Context, kept string) string {
	switch s := domain.Stop(kept); s {
	case domain.StopNone:
		return locale.T(ctx, "audit.stop.none")
	case domain.StopOwner, domain.StopService, domain.StopBoth:
		return locale.T(ctx, "audit.stop."+kept)
	}
	return kept
}
