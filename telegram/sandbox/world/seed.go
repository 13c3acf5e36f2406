package world

import (
	"errors"
	"fmt"
	"time"
)

// Ids of the seeded accounts.
const (
	dilnozaID = 7000001
	sardorID  = 7000002
	madinaID  = 7000003
	bekzodID  = 7000004
	nodiraID  = 7000005
	loadID    = 7000011 // first of the ten senders
	loads     = 10
)

// Sizes of the seeded world.
const (
	strangers     = 60
	loadChats     = 50
	madinaDialogs = 3000
)

// Seed fills an empty world: five accounts, ten plain senders, people without
// accounts, and their chats. It takes the same decisions every time.
func (w *World) Seed() error {
	accounts, err := seedAccounts()
	if err != nil {
		return err
	}
	return w.write(func() error {
		if len(w.byPhone) > 0 || len(w.chats) > 0 {
			return errors.New("the world is not empty")
		}
		s := &seeder{w: w, at: ms(w.now()) - (21 * 24 * time.Hour).Milliseconds()}
		s.people(accounts)
		s.sharedChats()
		s.smallAccounts()
		s.manyDialogs()
		s.loadChats()
		return s.err
	})
}

func seedAccounts() ([]*userRec, error) {
	specs := []AccountSpec{
		{Phone: "+998901000001", Profile: Profile{ID: dilnozaID, FirstName: "Dilnoza", LastName: "Karimova", Username: "dilnoza_k"}},
		{
			Phone: "+998901000002", Profile: Profile{ID: sardorID, FirstName: "Sardor", LastName: "Rahimov", Username: "sardor_r"},
			Password: "sandbox2fa", Hint: "Sinov paroli: sandbox2fa",
		},
		{Phone: "+998901000003", Profile: Profile{ID: madinaID, FirstName: "Madina", LastName: "Yusupova", Username: "madina_y"}},
		{Phone: "+998901000004", Profile: Profile{ID: bekzodID, FirstName: "Bekzod", LastName: "Aliyev"}},
		{Phone: "+998901000005", Profile: Profile{ID: nodiraID, FirstName: "Nodira", LastName: "Saidova"}},
	}
	for i := range loads {
		specs = append(specs, AccountSpec{
			Phone:   fmt.Sprintf("+9989010000%d", 11+i),
			Profile: Profile{ID: loadID + int64(i), FirstName: "Yuboruvchi", LastName: fmt.Sprintf("%02d", i+1)},
		})
	}
	var out []*userRec
	for _, s := range specs {
		rec, err := s.record()
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	return out, nil
}

// seeder adds things with a clock of its own, so that the newest is last. Its
// methods do nothing after the first error.
type seeder struct {
	w         *World
	at        int64 // ms
	err       error
	strangers []int64
	said      int
	shared    []int64 // chats that small accounts take part in
}

func (s *seeder) tick() int64 {
	s.at += 2 * 60 * 1000
	if now := ms(s.w.now()); s.at > now {
		s.at = now
	}
	return s.at
}

func (s *seeder) do(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *seeder) people(accounts []*userRec) {
	for i := range strangers {
		n := inventedName(i)
		rec := &userRec{Profile: Profile{ID: firstStranger + int64(i), FirstName: n.first, LastName: n.last}}
		if i%4 == 0 {
			rec.Username = fmt.Sprintf("yukchi_%02d", i)
			rec.Bio = "Yuk tashish, dispetcherlik"
		}
		s.do(s.w.addUser(rec))
		s.strangers = append(s.strangers, rec.ID)
	}
	for _, rec := range accounts {
		rec.Contacts = s.strangers[:8]
		s.do(s.w.addUser(rec))
	}
	s.do(s.w.commit(record{Phone: &phoneRec{Phone: "998901000098", Status: PhoneBanned}}))
	s.do(s.w.commit(record{Phone: &phoneRec{Phone: "998901000099", Status: PhoneNoAccount}}))
}

// chat adds a chat of the members and strangers, with a message in it.
func (s *seeder) chat(spec ChatSpec) int64 {
	if s.err != nil {
		return 0
	}
	n := len(s.w.chats)
	for i := range 3 {
		spec.Members = append(spec.Members, s.stranger(n+i))
	}
	if len(spec.Admins) == 0 {
		spec.Admins = []int64{s.stranger(n + 3)}
	}
	if spec.ExtraMembers == 0 && spec.Kind != KindGroup {
		spec.ExtraMembers = 180 + n*37%4200
	}
	s.do(s.w.addChat(&spec, s.tick()))
	if s.err == nil {
		s.say(spec.ID, spec.Admins[0])
	}
	return spec.ID
}

func (s *seeder) stranger(i int) int64 { return s.strangers[i%len(s.strangers)] }

func (s *seeder) say(chat, from int64) {
	if s.err != nil {
		return
	}
	s.said++
	s.w.commitMessage(&msgRec{Chat: chat, From: from, At: s.tick(), Text: inventedText(s.said)}, nil)
}

func (s *seeder) member(chat, user int64, status memberStatus) {
	s.do(s.w.commit(record{Member: &memberRec{Chat: chat, User: user, Status: status, At: s.at}}))
}

// smallAccounts puts Bekzod and Nodira into some of the shared groups.
func (s *seeder) smallAccounts() {
	for i, chat := range s.shared {
		if i%2 == 0 {
			s.member(chat, bekzodID, statusMember)
		}
		if i%3 == 0 {
			s.member(chat, nodiraID, statusMember)
		}
	}
	for i := range 4 {
		s.say(bekzodID, s.stranger(20+i))
		s.say(nodiraID, s.stranger(30+i))
	}
}

// manyDialogs gives Madina her 3,000 dialogs: Telegram and the bot, a third of
// people, the rest groups and channels of her own.
func (s *seeder) manyDialogs() {
	s.welcome(madinaID)
	for i := 0; s.err == nil && len(s.w.users[madinaID].box.dialogs) < madinaDialogs; i++ {
		switch i % 6 {
		case 0, 1:
			n := inventedName(i)
			rec := &userRec{Profile: Profile{FirstName: n.first, LastName: n.last}}
			s.do(s.w.addUser(rec))
			s.say(madinaID, rec.ID)
		case 2:
			s.chat(ChatSpec{Kind: KindGroup, Title: fmt.Sprintf("%s %d", inventedTitle(groupTitles, i), i), Members: []int64{madinaID}})
		case 3:
			s.chat(ChatSpec{Kind: KindChannel, Title: fmt.Sprintf("%s %d", inventedTitle(channelTitles, i), i), Members: []int64{madinaID}})
		default:
			s.chat(ChatSpec{Kind: KindSupergroup, Title: fmt.Sprintf("%s %d", inventedTitle(supergroupTitles, i), i), Members: []int64{madinaID}})
		}
	}
}

// welcome opens the dialogs with Telegram and with the bot, which may write to
// an account only after that wrote. The bot has seen it.
func (s *seeder) welcome(account int64) {
	if s.err != nil {
		return
	}
	s.w.commitMessage(&msgRec{Chat: account, From: serviceID, At: s.tick(), Text: "Welcome to the sandbox. Login codes arrive here."}, nil)
	s.w.commitMessage(&msgRec{Chat: BotID, From: account, At: s.tick(), Text: "/start"}, nil)
	s.do(s.w.commit(record{BotSeen: s.w.bot.lastID + 1}))
	s.w.commitMessage(&msgRec{Chat: account, From: BotID, At: s.tick(), Text: "Boshlash uchun /start deb yozing."}, nil)
}

func (s *seeder) loadChats() {
	var members []int64
	for i := range loads {
		members = append(members, loadID+int64(i))
	}
	for i := range loadChats {
		s.chat(ChatSpec{Kind: KindSupergroup, Title: fmt.Sprintf("Sinov guruhi %02d", i+1), Members: members})
	}
}
