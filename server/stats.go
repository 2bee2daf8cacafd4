package main

import (
	"encoding/hex"
	"net"
	"runtime"
)

// stats is /stats.json as wt-tracker gives it, since its commit ab1341d of 2025-06-30.
type stats struct {
	TorrentsCount int           `json:"torrentsCount"`
	PeersCount    int           `json:"peersCount"`
	Servers       []serverStats `json:"servers"`
	Memory        memoryStats   `json:"memory"`
	// One map for each tracker of wt-tracker's worker threads; ours is one. It
	// maps info hashes in hexadecimal to peers, and "totalPeers" to their sum.
	PeersCountPerInfoHashPerTracker []map[string]int `json:"peersCountPerInfoHashPerTracker"`
}

type serverStats struct {
	Server          string `json:"server"` // host:port, the port really bound
	WebSocketsCount int    `json:"webSocketsCount"`
}

// memoryStats has the names of Node's process.memoryUsage, in bytes. Go's
// memory has no parts that would be external or arrayBuffers.
type memoryStats struct {
	RSS          uint64 `json:"rss"` // what Go holds of the system
	HeapTotal    uint64 `json:"heapTotal"`
	HeapUsed     uint64 `json:"heapUsed"`
	External     uint64 `json:"external"`
	ArrayBuffers uint64 `json:"arrayBuffers"`
}

func (srv *server) stats() stats {
	swarms := srv.hub.Swarms()
	peers, total := make(map[string]int, len(swarms)+1), 0
	for hash, count := range swarms {
		peers[hex.EncodeToString(hash[:])] = count
		total += count
	}
	peers["totalPeers"] = total
	s := stats{
		TorrentsCount:                   len(swarms),
		PeersCount:                      total,
		Servers:                         make([]serverStats, 0, len(srv.https)),
		PeersCountPerInfoHashPerTracker: []map[string]int{peers},
	}
	for _, h := range srv.https {
		s.Servers = append(s.Servers, serverStats{
			Server:          net.JoinHostPort(h.settings.Host, h.port()),
			WebSocketsCount: h.endpoint.Connections(),
		})
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	s.Memory = memoryStats{RSS: memory.Sys - memory.HeapReleased, HeapTotal: memory.HeapSys - memory.HeapReleased, HeapUsed: memory.HeapAlloc}
	return s
}
