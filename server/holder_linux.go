package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// listening is the state of a socket that waits for clients, in /proc/net: TCP_LISTEN, and what UDP has where nobody is
// connected.
var listening = map[string]string{"tcp": "0A", "udp": "07"}

// holder is the program that has a port, such as "nginx (process 71)", or empty where that is not for this user to know.
func holder(network string, port int) string {
	sockets := make(map[string]bool)
	for _, file := range []string{network, network + "6"} {
		addSockets(sockets, "/proc/net/"+file, fmt.Sprintf(":%04X", port), listening[network])
	}
	descriptors, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, descriptor := range descriptors {
		if link, err := os.Readlink(descriptor); err == nil && sockets[link] {
			process := filepath.Dir(filepath.Dir(descriptor))
			name, err := os.ReadFile(filepath.Join(process, "comm"))
			if err != nil {
				continue // it has ended
			}
			return fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), filepath.Base(process))
		}
	}
	return ""
}

// addSockets adds those of a table of the kernel's, see proc_net(5), as the links of descriptors name them.
func addSockets(to map[string]bool, table, port, state string) {
	file, err := os.Open(table)
	if err != nil {
		return
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		// sl, local address, remote address, state, queues, timer, retransmits, user, timeout, inode
		if cells := strings.Fields(lines.Text()); len(cells) > 9 && strings.HasSuffix(cells[1], port) && cells[3] == state {
			to["socket:["+cells[9]+"]"] = true
		}
	}
}
