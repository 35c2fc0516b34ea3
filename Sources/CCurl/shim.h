// libcurl's headers, and names for its variadic calls, which Swift cannot import.
#ifndef NODEVAULT_CCURL_SHIM_H
#define NODEVAULT_CCURL_SHIM_H

#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

// curl_easy_setopt by the type of its value. libcurl keeps pointers as they are and copies texts.
static inline CURLcode nodevault_curl_set_number(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode nodevault_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode nodevault_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode nodevault_curl_set_headers(CURL *easy, struct curl_slist *lines) {
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
}

/// What a transfer reads its body from and writes its answer to; each function gets `context` as its last argument.
static inline CURLcode nodevault_curl_set_callbacks(CURL *easy, void *context, curl_read_callback read,
                                                    curl_seek_callback seek, curl_write_callback header,
                                                    curl_write_callback write) {
    CURLcode result = curl_easy_setopt(easy, CURLOPT_READFUNCTION, read);
    if (result == CURLE_OK) result = curl_easy_setopt(easy, CURLOPT_READDATA, context);
    if (result == CURLE_OK) result = curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek);
    if (result == CURLE_OK) result = curl_easy_setopt(easy, CURLOPT_SEEKDATA, context);
    if (result == CURLE_OK) result = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header);
    if (result == CURLE_OK) result = curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
    if (result == CURLE_OK) result = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
    if (result == CURLE_OK) result = curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
    return result;
}

static inline CURLcode nodevault_curl_harden_context(CURL *easy, void *context, void *unused) {
    (void)easy;
    (void)unused;
    SSL_CTX_set_options((SSL_CTX *)context, SSL_OP_CLEANSE_PLAINTEXT);
    SSL_CTX_set_keylog_callback((SSL_CTX *)context, NULL);
    return CURLE_OK;
}

/// Lets OpenSSL wipe decrypted bytes in its buffers once they were read (SSL_CTX_set_options(3)), and write no session's
/// keys into the file that SSLKEYLOGFILE names: who reads that can read data keys off the wire.
static inline CURLcode nodevault_curl_harden_tls(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, nodevault_curl_harden_context);
}

static inline curl_socket_t nodevault_curl_private_socket(void *unused, curlsocktype purpose,
                                                          struct curl_sockaddr *address) {
    (void)unused;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// Keeps connections from the programs that the process starts.
static inline CURLcode nodevault_curl_keep_sockets(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, nodevault_curl_private_socket);
}

// Declared here: with _GNU_SOURCE, which declares it, types of the system's headers would differ from COpenSSL's.
extern int pipe2(int ends[2], int flags);

/// A pipe that the programs which the process starts do not inherit unless they are given it (pipe2(2)).
static inline int nodevault_private_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

static inline CURLcode nodevault_curl_get_number(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode nodevault_curl_get_time(CURL *easy, CURLINFO info, curl_off_t *microseconds) {
    return curl_easy_getinfo(easy, info, microseconds);
}
static inline CURLMcode nodevault_curl_multi_set_number(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

#endif
