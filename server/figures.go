package main

import (
	"github.com/p2p-mediastream/p2p-mediastream/server/generator"
	"github.com/p2p-mediastream/p2p-mediastream/server/socket"
	"github.com/p2p-mediastream/p2p-mediastream/server/stun"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// measure adds the figures of every job that runs. All are described in
// README.md.
func (srv *server) measure() {
	srv.measureTracker()
	srv.measureConnections()
	srv.measureSTUN()
	srv.measureStream()
	srv.measureFiles()
}

func (srv *server) measureTracker() {
	for _, gauge := range []struct {
		name, help string
		read       func(socket.Stats) int
	}{
		{"connections", "WebSocket connections now.", func(s socket.Stats) int { return s.Connections }},
		{"swarms", "Swarms that have peers now.", func(s socket.Stats) int { return s.Swarms }},
		{"peers", "Peers now; one in two swarms counts twice.", func(s socket.Stats) int { return s.Peers }},
	} {
		srv.metrics.gauge("tracker_"+gauge.name, gauge.help, nil, func(show show) { show(float64(gauge.read(srv.hub.Stats()))) })
	}
	srv.metrics.counter("tracker_messages_total", "Messages from clients (in) and to clients (out).", []string{"direction", "kind"}, func(show show) {
		for _, direction := range []socket.Direction{socket.In, socket.Out} {
			for _, kind := range socket.Kinds {
				show(float64(srv.hub.Messages(direction, kind)), direction.String(), string(kind))
			}
		}
	})
	srv.metrics.counter("tracker_dropped_messages_total", "Offers and answers that were not passed on, by reason.", []string{"reason"}, func(show show) {
		for _, why := range socket.Drops() {
			show(float64(srv.hub.Dropped(why)), why.String())
		}
	})
}

func (srv *server) measureConnections() {
	m := srv.metrics
	m.counter("tracker_failures_total", "Messages from clients that were answered with a failure or a warning, by reason.", []string{"reason"}, func(show show) {
		for _, why := range tracker.Reasons() {
			show(float64(srv.hub.Failures(why)), why.String())
		}
	})
	m.counter("tracker_refused_connections_total", "WebSocket connections that were not accepted, by reason.", []string{"reason"}, func(show show) {
		for _, why := range socket.Refusals() {
			show(float64(srv.hub.Refused(why)), why.String())
		}
	})
	m.counter("tracker_ended_connections_total", "WebSocket connections that have ended, by reason.", []string{"reason"}, func(show show) {
		for _, why := range socket.Causes() {
			show(float64(srv.hub.Ended(why)), why.String())
		}
	})
	m.gauge("tracker_held_bytes", "Memory of what waits for clients, and of messages that are not whole.", nil,
		func(show show) { show(float64(srv.hub.Held())) })
}

func (srv *server) measureSTUN() {
	if srv.stun == nil {
		return
	}
	srv.metrics.counter("stun_datagrams_total", "Datagrams received, by what came of them.", []string{"family", "outcome"}, func(show show) {
		stats := srv.stun.Stats()
		for family, counts := range map[string]map[stun.Outcome]int64{"IPv4": stats.IPv4, "IPv6": stats.IPv6} {
			for outcome, count := range counts {
				show(float64(count), family, outcome.String())
			}
		}
	})
	if _, known := srv.stun.Dropped(); known {
		srv.metrics.counter("stun_dropped_datagrams_total", "Datagrams that the system dropped before they could be read.", nil, func(show show) {
			if dropped, known := srv.stun.Dropped(); known {
				show(float64(dropped))
			}
		})
	}
}

func (srv *server) measureStream() {
	m := srv.metrics
	if made := srv.stream.made; made != nil {
		m.gauge("generator_last_segment_timestamp_seconds", "When the generator's last segment was complete, in Unix time.", nil, func(show show) {
			if last, err := generator.LastSegment(made); err == nil {
				show(float64(last.UnixMilli()) / 1000)
			}
		})
	}
	if restarts := srv.stream.restarts; restarts != nil {
		m.counter("generator_restarts_total", "How often ffmpeg has died and been started again.", nil,
			func(show show) { show(float64(restarts.Load())) })
	}
	if digests := srv.stream.digests; digests != nil {
		m.gauge("digests_segments", "Segments whose digests are listed, or are to be.", nil,
			func(show show) { show(float64(digests.Stats().Segments)) })
		m.gauge("digests_waiting_files", "Files whose digests are still to be computed.", nil,
			func(show show) { show(float64(digests.Stats().Waiting)) })
		m.counter("digests_hashed_bytes_total", "Bytes of segments that digests were computed of.", nil,
			func(show show) { show(float64(digests.Stats().Hashed)) })
	}
}

func (srv *server) measureFiles() {
	m := srv.metrics
	m.gauge("files_last_read_successful", "Whether the files were good when they were read last, 1 or 0; if not, what was read before is in use.",
		[]string{"files"}, func(show show) {
			for name, current := range srv.watcher.Current() {
				if current {
					show(1, name)
				} else {
					show(0, name)
				}
			}
		})
	m.gauge("tls_certificate_expiry_timestamp_seconds", "When the certificate in use expires, in Unix time.", []string{"server"}, func(show show) {
		for _, h := range srv.https {
			if h.secure != nil {
				show(float64(h.secure.expiry().Unix()), h.listener.Addr().String())
			}
		}
	})
}
