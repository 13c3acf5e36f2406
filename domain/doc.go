// Package domain is what the product is: its words, its rules, its state
// machines and the services that people and programs call. It knows neither
// SQL nor HTML nor Telegram's protocol, and imports the standard library only.
// What it needs from outside stands as a small interface beside the service
// that calls it.
//
// # Words
//
//	Organization     the customer that uses the service          (not: client, tenant)
//	Department       a part of an organization with its managers (not: section)
//	User             a person who uses the panel or the bot       (not: staff, client user)
//	Actor            the user who is asking, with his organization
//	Account          a Telegram number of a user that we operate  (not: client, userbot)
//	Login            the act of getting an account's session
//	Peer             a Telegram user, group or channel            (not: chat, target)
//	Dialog           a peer as one account sees it: access hash, may it write, slow mode
//	Catalog          a named set of peers                         (not: list, folder)
//	Campaign         one text, one catalog, one account, N rounds, an interval, a start
//	                                                              (not: batch, task)
//	Round            one pass of a campaign over its peers
//	Delivery         one message to one peer in one round         (not: job)
//	Pace             how gently an organization's accounts send: gaps, caps, least interval
//	Hours            when an organization sends: its days without its quiet hours
//	Governor         what lets an account's next message out: [Pace.Gate]
//	DenyList         peers that none of an organization's accounts writes to (not: blacklist)
//	Stop             a switch that ends sending at once: an organization's, or all
//	Block            a user, an organization or a number shut out, from one time until another
//	Notice           something that people have to be told once   (not: alert)
//	Incoming         a group message as an account heard it        (not: update)
//	Sender           who wrote it
//	Detection        a dispatcher found: his message with all rules that hit (not: spam)
//	Reply, Template  an automatic answer to a detection, and its texts
//	Cooldown         until when a sender gets none
//
// # Time
//
// Every time in the domain is UTC; a zone belongs to an organization, or to one of
// its users alone, and is applied when a person reads or types a time.
//
// # Access
//
// Everything is asked for with an [Actor], and found only inside its [Scope].
// What lies outside answers exactly as what does not exist: [NotFound]. Campaigns are
// looked at inside his [Actor.Sight], which may be wider.
package domain
