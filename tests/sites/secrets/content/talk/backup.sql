zebra
