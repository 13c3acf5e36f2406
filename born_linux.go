package main

import "golang.org/x/sys/unix"

// born is when a file was made, in nanoseconds since 1970; 0 where the file
// system does not say. Unlike an inode's number it does not come again.
func born(name string) int64 {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, name, 0, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return 0
	}
	return st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
}
