using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ControlChat.Bench.Relay;

/// <summary>The floor's reading end: <c>XREAD BLOCK</c> on a connection of its own, and just enough of RESP (https://redis.io/docs/latest/develop/reference/protocol-spec/) to read its answer.</summary>
internal sealed class RedisStreamReader(BufferedStream stream)
{
    /// <param name="target"><c>PORT KEY</c>.</param>
    public static async Task ReadAsync(string target, Heard heard, TaskCompletionSource opened, CancellationToken cancellationToken)
    {
        var (port, key) = (int.Parse(target.Split(' ')[0], CultureInfo.InvariantCulture), target.Split(' ')[1]);
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        await using var stop = cancellationToken.Register(client.Close);
        var reader = new RedisStreamReader(new BufferedStream(client.GetStream(), 1 << 16));
        await Task.Run(() =>
        {
            var last = "0";
            opened.SetResult();
            while (!heard.IsComplete && !cancellationToken.IsCancellationRequested)
            {
                reader.Ask("XREAD", "COUNT", "500", "BLOCK", "0", "STREAMS", key, last);
                var answer = reader.Read();
                var now = Stopwatch.GetTimestamp();
                foreach (var entry in (object[])((object[])((object[])answer)[0])[1])
                {
                    last = (string)((object[])entry)[0];
                    heard.Line(Encoding.ASCII.GetBytes((string)((object[])((object[])entry)[1])[3]), now);
                }
            }
        }, CancellationToken.None);
    }

    private void Ask(params string[] words)
    {
        stream.Write(Encoding.ASCII.GetBytes($"*{words.Length}\r\n" + string.Concat(words.Select(w => $"${w.Length}\r\n{w}\r\n"))));
        stream.Flush();
    }

    private object Read()
    {
        var line = Line();
        var rest = line[1..];
        switch (line[0])
        {
            case '*':
                var items = new object[int.Parse(rest, CultureInfo.InvariantCulture)];
                for (var i = 0; i < items.Length; i++) items[i] = Read();
                return items;
            case '$':
                var bytes = new byte[int.Parse(rest, CultureInfo.InvariantCulture)];
                stream.ReadExactly(bytes);
                Line();
                return Encoding.ASCII.GetString(bytes);
            default:
                throw new InvalidOperationException($"Redis answered {line}");
        }
    }

    private string Line()
    {
        var text = new StringBuilder();
        for (int b; (b = stream.ReadByte()) != '\n';) text.Append(b >= 0 ? (char)b : throw new EndOfStreamException());
        return text.ToString().TrimEnd('\r');
    }
}
