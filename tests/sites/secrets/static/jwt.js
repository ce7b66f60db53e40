const begin = "-----BEGIN PRIVATE KEY-----\n" + text;
