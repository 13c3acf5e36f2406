package world

import "fmt"

// seedKind is one kind of chat of the hundred that Dilnoza and Sardor share.
type seedKind struct {
	count  int
	titles []string
	spec   ChatSpec
	public string // username pattern
	status memberStatus
	first  int  // of the titles
	small  bool // other accounts may be put into it
}

// With 14 dialogs of people (seedPrivate), a migrated group and its successor,
// these make a hundred.
var seedKinds = []seedKind{
	{count: 18, titles: groupTitles, spec: ChatSpec{Kind: KindGroup}, status: statusMember},
	{count: 25, titles: supergroupTitles, spec: ChatSpec{Kind: KindSupergroup}, public: "yuk_bozori_%02d", status: statusMember, small: true},
	{count: 14, titles: supergroupTitles, first: 40, spec: ChatSpec{Kind: KindSupergroup}, status: statusMember, small: true},
	{count: 2, titles: supergroupTitles, first: 60, spec: ChatSpec{Kind: KindSupergroup, SlowMode: 10}, status: statusMember},
	{count: 2, titles: supergroupTitles, first: 65, spec: ChatSpec{Kind: KindSupergroup, SlowMode: 30}, public: "sekin_%02d", status: statusMember},
	{count: 1, titles: supergroupTitles, first: 68, spec: ChatSpec{Kind: KindSupergroup, SlowMode: 300}, status: statusMember},
	{count: 4, titles: supergroupTitles, first: 70, spec: ChatSpec{Kind: KindSupergroup, ReadOnly: true}, public: "faqat_oqish_%02d", status: statusMember},
	{count: 2, titles: supergroupTitles, first: 76, spec: ChatSpec{Kind: KindSupergroup}, status: statusRestricted},
	{count: 2, titles: supergroupTitles, first: 80, spec: ChatSpec{Kind: KindSupergroup, Forum: true}, public: "forum_yuk_%02d", status: statusMember},
	{count: 8, titles: channelTitles, spec: ChatSpec{Kind: KindChannel}, public: "yuk_elon_%02d", status: statusMember},
	{count: 4, titles: channelTitles, first: 20, spec: ChatSpec{Kind: KindChannel}, status: statusAdmin},
	{count: 1, titles: groupTitles, first: 30, spec: ChatSpec{Kind: KindGroup}, status: statusKicked},
	{count: 1, titles: supergroupTitles, first: 90, spec: ChatSpec{Kind: KindSupergroup}, status: statusKicked},
}

// sharedChats makes the hundred dialogs of Dilnoza and Sardor.
func (s *seeder) sharedChats() {
	for _, k := range seedKinds {
		for i := range k.count {
			s.sharedChat(k, i)
		}
	}
	old := s.chat(ChatSpec{Kind: KindGroup, Title: "Toshkent – Qozon konvoyi", Members: []int64{dilnozaID, sardorID}})
	if s.err == nil {
		to, err := s.w.migrate(old, s.tick())
		s.do(err)
		s.say(to, s.stranger(1))
	}
	s.seedPrivate()
	for _, id := range []int64{dilnozaID, sardorID} {
		s.pin(id, s.w.byName["yuk_bozori_01"])
	}
}

func (s *seeder) sharedChat(k seedKind, i int) {
	spec := k.spec
	spec.Title = inventedTitle(k.titles, k.first+i)
	spec.About = "Sinov uchun chat"
	if k.public != "" {
		spec.Username = fmt.Sprintf(k.public, i+1)
	}
	both := []int64{dilnozaID, sardorID}
	if k.status == statusAdmin {
		spec.Admins = both
	} else {
		spec.Members = both
	}
	id := s.chat(spec)
	if k.status == statusRestricted || k.status == statusKicked {
		for _, u := range both {
			s.member(id, u, k.status)
		}
	}
	if k.small && i%2 == 0 {
		s.shared = append(s.shared, id)
	}
}

// seedPrivate makes 14 private dialogs for each of the two: Telegram, the bot,
// each other, Bekzod, eight strangers, a deleted account, one that blocked them.
func (s *seeder) seedPrivate() {
	gone := &userRec{Profile: Profile{FirstName: "Anvar", LastName: "Safarov"}}
	angry := &userRec{Profile: Profile{FirstName: "Вадим", LastName: "Лазарев", Username: "vadim_gruz"}}
	s.do(s.w.addUser(gone))
	s.do(s.w.addUser(angry))
	s.say(sardorID, dilnozaID)
	for _, id := range []int64{dilnozaID, sardorID} {
		s.welcome(id)
		s.say(id, bekzodID)
		for i := range 8 {
			s.say(id, s.stranger(i*5))
		}
		s.say(id, gone.ID)
		s.say(id, angry.ID)
		s.do(s.w.commit(record{Block: &blockRec{By: angry.ID, User: id, At: s.at}}))
	}
	s.do(s.w.commit(record{Delete: gone.ID}))
}

func (s *seeder) pin(account, peer int64) {
	pinned := true
	s.do(s.w.commit(record{Dialog: &dialogRec{User: account, Peer: peer, Pinned: &pinned}}))
}
