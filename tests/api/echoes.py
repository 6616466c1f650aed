#!/usr/bin/env python3
"""Answers echo requests (ICMP) wrongly: echoes.py FILE, which gets a dot for each request.

Each is answered as if another keeper had sent it (its cookie), as one of a hundred before, and as that of another engine
(see core/net/icmp.c). The kernel must not answer itself.
"""
import socket
import struct
import sys

IP_HEADER, ECHO, BACK, ELSEWHERE = 20, 24, 100, 1000
REQUEST = 8


def checksum(data):
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def reply(number, cookie, target, sequence):
    def packet(check):
        return struct.pack(">BBHHHQII", 0, 0, check, number, sequence, cookie, target, sequence)
    return packet(checksum(packet(0)))


def main():
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    with open(sys.argv[1], "w", encoding="ascii", buffering=1) as dots:
        while True:
            data, (peer, _) = raw.recvfrom(2048)
            data = data[IP_HEADER:]
            if len(data) != ECHO or data[0] != REQUEST:
                continue
            _, _, _, number, sequence, cookie, target, _ = struct.unpack(">BBHHHQII", data)
            for wrong in ((cookie ^ 1, target, sequence), (cookie, target, (sequence - BACK) & 0xffff),
                          (cookie, target + ELSEWHERE, sequence)):
                raw.sendto(reply(number, *wrong), (peer, 0))
            dots.write(".\n")


main()
