package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// TestBotStart: whom the bot knows he gets in, a stranger learns his Telegram ID and
// nothing else, and who is blocked is told so at his next word.
func TestBotStart(t *testing.T) {
	t.Parallel()
	_, tg := startTelegram(t)
	a, w, _ := startPanel(t, tg.URL, time.Second)
	member := &chatter{t: t, c: tg, phone: seedMemberPhone}
	stranger := &chatter{t: t, c: tg, phone: "+998901000011"}

	m := member.says("/start")
	member.reads(m, "Bekzod Aliyev", seedOrganization)
	member.button("🌐")

	m = stranger.says("/start")
	stranger.reads(m, "7000011")
	if strings.Contains(m.Text, seedOrganization) || m.Markup != nil {
		t.Errorf("a stranger reads %q, %v", m.Text, m.Markup)
	}

	m = member.says("5 4 3 2 1")
	member.reads(m, "Kodni bu yerga yozmang")

	if err := a.store.BlockUser(t.Context(), w.member.User, domain.Block{Reason: "Taʼtilda", From: time.Now()}, time.Now()); err != nil {
		t.Fatal(err)
	}
	m = member.says("/menu")
	member.reads(m, "bloklangan", "Taʼtilda")
}

// TestBotLink: a link lets a stranger in once.
func TestBotLink(t *testing.T) {
	t.Parallel()
	_, tg := startTelegram(t)
	a, w, _ := startPanel(t, tg.URL, time.Second)
	first := &chatter{t: t, c: tg, phone: "+998901000011"}
	second := &chatter{t: t, c: tg, phone: "+998901000012"}
	token, link := domain.NewBotLink(time.Now())
	if err := a.store.PutBotLink(t.Context(), w.owner.User, link); err != nil {
		t.Fatal(err)
	}
	first.reads(first.says("/start "+token), w.owner.User.Name)
	first.reads(first.says("/menu"), w.owner.User.Name)
	m := second.says("/start " + token)
	second.reads(m, strconv.Itoa(7000012))
	if strings.Contains(m.Text, w.owner.User.Name) {
		t.Errorf("the link works twice: %q", m.Text)
	}
}
