package views

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"postix/views/locale"
	"postix/views/ui"
)

// zones are those that one chooses from; any other that the database knows can be
// stored too.
var zones = []string{
	"Europe/London", "Europe/Berlin", "Europe/Warsaw", "Europe/Kaliningrad", "Europe/Kyiv", "Europe/Istanbul", "Europe/Minsk",
	"Europe/Moscow", "Europe/Samara", "Asia/Baku", "Asia/Dubai", "Asia/Tbilisi", "Asia/Yerevan", "Asia/Kabul", "Asia/Ashgabat",
	"Asia/Dushanbe", "Asia/Samarkand", "Asia/Tashkent", "Asia/Almaty", "Asia/Yekaterinburg", "Asia/Karachi", "Asia/Bishkek", "Asia/Omsk",
	"Asia/Urumqi", "Asia/Novosibirsk", "Asia/Krasnoyarsk", "Asia/Shanghai", "Asia/Irkutsk", "Asia/Seoul", "Asia/Tokyo", "Asia/Yakutsk",
	"Asia/Vladivostok", "America/New_York",
}

// zoneOptions begin with the organization's zone.
func zoneOptions(ctx context.Context, p MePage) []ui.Option {
	own := p.Organization.Location()
	out := []ui.Option{{Label: locale.T(ctx, "me.zone_organization", "City", zoneCity(ctx, own), "Offset", zoneOffset(own, p.Now))}}
	return append(out, zoneChoices(ctx, p.Zone, p.Now)...)
}

// zoneChoices follow the sun, from the west. The chosen one is among them if there
// is such a zone.
func zoneChoices(ctx context.Context, chosen string, now time.Time) []ui.Option {
	names := slices.Clone(zones)
	if chosen != "" && chosen != "Local" && !slices.Contains(names, chosen) {
		names = append(names, chosen)
	}
	type choice struct {
		ui.Option
		offset int
	}
	var cs []choice
	for _, name := range names {
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue // not in the machine's database of zones
		}
		_, offset := now.In(zone).Zone()
		cs = append(cs, choice{ui.Option{Value: name, Label: zoneOffset(zone, now) + " · " + zoneCity(ctx, zone)}, offset})
	}
	slices.SortFunc(cs, func(a, b choice) int { return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.Label, b.Label)) })
	var out []ui.Option
	for _, c := range cs {
		out = append(out, c.Option)
	}
	return out
}

func languageOptions() []ui.Option {
	out := make([]ui.Option, len(locale.Languages))
	for i, l := range locale.Languages {
		out[i] = ui.Option{Value: l.Code, Label: l.Name}
	}
	return out
}

// zoneName says whose time the page means: that of the reader's zone.
func zoneName(ctx context.Context, now time.Time) string { return zoneIn(ctx, locale.Zone(ctx), now) }

// zoneIn names a zone by its city and how far it is from UTC at the moment now.
func zoneIn(ctx context.Context, zone *time.Location, now time.Time) string {
	return locale.T(ctx, "zone.name", "City", zoneCity(ctx, zone), "Offset", zoneOffset(zone, now))
}

func zoneCity(ctx context.Context, zone *time.Location) string {
	name := zone.String()
	city := name[strings.LastIndex(name, "/")+1:]
	if key := "zone.city." + strings.ToLower(city); locale.Has(key) {
		return locale.T(ctx, key)
	}
	return strings.ReplaceAll(city, "_", " ")
}

func zoneOffset(zone *time.Location, now time.Time) string {
	offset := strings.TrimSuffix(now.In(zone).Format("-07:00"), ":00")
	return "UTC" + offset[:1] + strings.TrimPrefix(offset[1:], "0")
}
