// A server on 127.0.0.1 whose answers a test writes byte by byte, lies included.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace nozama {

struct TestRequest {
  std::string head, body;  // the head with its request line
  std::string path() const { return head.substr(head.find(' ') + 1, head.find(' ', head.find(' ') + 1) - head.find(' ') - 1); }
  bool has(std::string_view line) const { return head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos; }
};

class TestConnection {
 public:
  TestConnection(int socket, const std::atomic<bool>& ended) : socket_(socket), ended_(ended) {}
  // False when the client has gone or the test is over.
  bool send(std::string_view bytes) {
    while (!bytes.empty() && !ended_) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return !ended_;
  }
  bool answer(std::string_view status_and_headers, std::string_view body) {
    return send("HTTP/1.1 " + std::string(status_and_headers) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  }
  void close() { ::shutdown(socket_, SHUT_RDWR); }
  bool ended() const { return ended_; }

 private:
  int socket_;
  const std::atomic<bool>& ended_;
};

class HttpServerForTest {
 public:
  using Handler = std::function<void(const TestRequest&, TestConnection&)>;

  explicit HttpServerForTest(Handler handler) : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(listener_, 64);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~HttpServerForTest() {
    ended_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
  }

  int port() const { return port_; }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  int connections() const { return connections_; }
  int requests() const { return requests_; }

 private:
  void accept_all() {
    while (!ended_) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) continue;
      ++connections_;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket] { serve(socket); });
    }
  }

  void serve(int socket) {
    TestConnection connection(socket, ended_);
    std::string bytes;
    char buffer[16384];
    while (!ended_) {
      const size_t head_end = bytes.find("\r\n\r\n");
      size_t wanted = std::string::npos;
      if (head_end != std::string::npos) {
        const size_t length = bytes.find("\r\nContent-Length: ");
        wanted = head_end + 4 + (length < head_end ? std::stoul(bytes.substr(length + 18)) : 0);
      }
      if (bytes.size() >= wanted && wanted != std::string::npos) {
        ++requests_;
        handler_({bytes.substr(0, head_end + 2), bytes.substr(head_end + 4, wanted - head_end - 4)}, connection);
        bytes.erase(0, wanted);
        continue;
      }
      const auto got = ::recv(socket, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      bytes.append(buffer, static_cast<size_t>(got));
    }
  }

  Handler handler_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> ended_ = false;
  std::atomic<int> connections_ = 0, requests_ = 0;
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace nozama
