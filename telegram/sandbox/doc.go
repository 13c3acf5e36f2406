// Package sandbox puts a simulated Telegram behind sockets: MTProto on one
// loopback address, and on another the Bot API, an HTTP API that lets tests look
// behind the curtain, and a page on which a person plays the other side.
//
// Nothing here is protected by a password. It listens on loopback only and
// refuses what a browser sends from a page of another origin.
package sandbox
