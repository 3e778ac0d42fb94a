package io.avatarflow.jobs.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A wire between the cell and its broker that can be cut: a port that passes every connection on to
 * another port. While it is cut, connections are closed and new ones end at once.
 *
 * <p>One thread accepts, two carry the bytes of each connection; all are daemons.
 */
final class Relay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
  private static final int BUFFER_BYTES = 1 << 16;

  private final ServerSocket front;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  private Relay(ServerSocket front, int target) {
    this.front = front;
    this.target = target;
  }

  /** Opens a relay on a free port towards another free port. */
  static Relay open() throws IOException {
    int target;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      target = free.getLocalPort();
    }
    Relay relay = new Relay(new ServerSocket(0, 100, InetAddress.getLoopbackAddress()), target);
    daemon("relay", relay::accept);
    return relay;
  }

  /** Where clients connect to. */
  int port() {
    return front.getLocalPort();
  }

  /** Where their bytes go. */
  int target() {
    return target;
  }

  /** Ends every connection, and those that are tried from now on. */
  void cut() {
    cut = true;
    sockets.forEach(Relay::end);
  }

  /** Lets connections through again. */
  void mend() {
    cut = false;
  }

  private void accept() {
    while (!front.isClosed()) {
      try {
        connect(front.accept());
      } catch (IOException e) {
        // The relay was closed, or nobody listens at the other end yet: the client tries again.
        LOG.debug("A connection was not relayed.", e);
      }
    }
  }

  private void connect(Socket client) throws IOException {
    sockets.add(client);
    if (cut) {
      end(client);
      return;
    }
    Socket broker = new Socket();
    sockets.add(broker);
    try {
      broker.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
      client.setTcpNoDelay(true);
      broker.setTcpNoDelay(true);
    } catch (IOException e) {
      end(client);
      end(broker);
      throw e;
    }
    daemon("relay-there", () -> carry(client, broker));
    daemon("relay-back", () -> carry(broker, client));
  }

  private void carry(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0 && !cut; n = in.read(buffer)) {
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // One end closed, or the wire was cut: the other end learns of it by its closed socket.
      end(from);
      end(to);
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException("A socket could not be closed.", e);
    }
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    front.close();
    sockets.forEach(Relay::end);
  }
}
