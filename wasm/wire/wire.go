// Package wire is what peers and trackers say to each other, bytes in and
// values out: names of swarms and peers, the commands of a data channel, and a
// tracker's messages. It speaks with P2P Media Loader 2.2 and 2.3; the tests
// hold it to what those packages themselves write and read.
package wire
