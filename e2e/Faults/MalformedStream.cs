using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ControlChat.Faults;

/// <summary>F10 for a terminal's WebSocket: malformed handshakes, frames and messages. No crash, no hang, no 5xx, no growth.</summary>
public sealed class MalformedStream : Fault
{
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private static readonly string[] _messages =
    [
        """{"v":1,"t":"in","data":"YQ=="}""",
        """{"v":1,"t":"resize","cols":80,"rows":24}""",
        """{"v":1,"t":"pong","n":1}""",
        """{"v":1,"t":"take_control"}""",
        """{"v":1,"t":"give_control"}""",
        """{"v":1,"t":"object"}""",
        """{"v":1,"t":"resume","resume_token":"a","after":0}""",
        """{"v":1,"t":"resume","after":9}""",
    ];

    private static readonly string[] _cursors = ["", "?cursor=-1", "?cursor=x", "?cursor=9223372036854775807", "?cursor=9223372036854775808", "?cursor=%00", "?ticket=", "?ticket=a&ticket=b", "?ticket=%ff"];

    private RawWebSocket? _socket;
    private int _beat;

    public override string Id => "F10W";

    public override string Title => "malformed WebSocket frames: no crash, no hang, no 5xx, memory flat";

    public override int Trials => 10_000;

    public override int ShortTrials => 600;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run);
        await using var agents = new AgentSessions(Path.GetDirectoryName(bed.Hub.DatabasePath)!);
        var (workspace, owner) = (await bed.CreateWorkspaceAsync("Fuzz"), (await bed.Person.GetAsync("/api/v1/me")).Json["account"]!["id"]!.GetValue<string>());
        var path = $"/api/v1/sessions/{await agents.BeginTerminalAsync(workspace, owner)}/stream";
        long warm = 0;
        try
        {
            foreach (var trial in run.EachTrial())
            {
                if (trial == run.Trials / 4) warm = MalformedInput.Memory(bed.Hub);
                await TryAsync(run, bed, path);
            }
        }
        finally
        {
            _socket?.Dispose();
            _socket = null;
        }
        run.Expect(bed.Hub.Running, $"the hub ended:\n{bed.Hub.Tail()}");
        run.Expect((await bed.Person.GetAsync("/api/v1/me")).Status == 200, "the hub does not answer any more");
        run.Expect(!bed.Hub.Tail().Contains("The stream of the terminal", StringComparison.Ordinal), $"a stream failed:\n{bed.Hub.Tail()}");
        var (after, limit) = (MalformedInput.Memory(bed.Hub), warm + Math.Max(warm / 2, 64));
        run.Count("MiB at the end", (int)after);
        run.Expect(run.Trials < 1000 || after <= limit, $"memory grew from {warm} to {after} MiB");
    }

    private async Task TryAsync(FaultRun run, Bed bed, string path)
    {
        var kind = run.Dice.Next(12);
        var bytes = Bytes(run.Dice, kind);
        var what = $"kind {kind}: {Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 200)))}";
        for (var attempt = 1; ; attempt++)
        {
            using var limit = new CancellationTokenSource(_limit);
            var since = Stopwatch.GetTimestamp();
            try
            {
                _socket ??= await ConnectAsync(run, bed, path, attempt == 1 && run.Dice.Next(20) == 0, limit.Token);
                if (_socket is null) return;
                since = Stopwatch.GetTimestamp();
                await _socket.WriteAsync(bytes, limit.Token);
                run.Count(await AliveAsync(limit.Token) ? "answered" : "closed");
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
            {
                Drop();
                run.Count("closed");
            }
            catch (OperationCanceledException)
            {
                Drop();
                run.Expect(false, $"no answer to {what}");
                return;
            }
            var took = Stopwatch.GetElapsedTime(since);
            if (took > _hang && attempt == 1) continue;
            run.Expect(took <= _hang, $"{took.TotalSeconds:0.0} s twice for {what}");
            return;
        }
    }

    // A ping behind it comes back, or the connection ends: anything else is a hang.
    private async Task<bool> AliveAsync(CancellationToken limit)
    {
        var beat = BitConverter.GetBytes(++_beat);
        await _socket!.SendAsync(RawWebSocket.Ping, beat, limit);
        while (await _socket.ReadAsync(limit) is var (opcode, payload))
        {
            if (opcode == RawWebSocket.Pong && payload.AsSpan().SequenceEqual(beat)) return true;
            if (opcode == RawWebSocket.Close) break;
        }
        Drop();
        return false;
    }

    private void Drop()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private static async Task<RawWebSocket?> ConnectAsync(FaultRun run, Bed bed, string path, bool wrong, CancellationToken limit)
    {
        var hub = new Uri(bed.Hub.Url);
        var cookie = $"Cookie: {bed.Person.Cookies.GetCookieHeader(hub)}\r\nOrigin: {bed.Hub.Url}\r\n";
        const string Protocol = "Sec-WebSocket-Protocol: controlchat.v1\r\n";
        var headers = wrong ? run.Dice.Next(5) switch { 0 => Protocol, 1 => cookie, 2 => cookie.Replace("Origin: ", "Origin: x", StringComparison.Ordinal) + Protocol, 3 => cookie + "Sec-WebSocket-Protocol: ,,a,\r\n", _ => cookie + Protocol } : cookie + Protocol;
        var (socket, status) = await RawWebSocket.OpenAsync(hub, path + (wrong ? _cursors[run.Dice.Next(_cursors.Length)] : ""), headers, limit);
        run.Count(status.ToString(CultureInfo.InvariantCulture));
        run.Expect(status < 500 && (wrong || status == 101), $"the handshake was answered with {status}");
        if (status == 101) return socket;
        socket.Dispose();
        return null;
    }

    private static byte[] Bytes(Random dice, int kind)
    {
        var message = MalformedInput.Mangle(dice, _messages[dice.Next(_messages.Length)]);
        switch (kind)
        {
            case 0: return Noise(dice, dice.Next(1, 2000));
            case 1: return RawWebSocket.Frame(RawWebSocket.Binary, message);
            case 2: return RawWebSocket.Frame(dice.Next(16), message, dice.Next(2) == 0, dice.Next(8), dice.Next(4) > 0);
            // A control frame that is too long, or cut.
            case 3: return RawWebSocket.Frame(dice.Next(8, 11), Noise(dice, dice.Next(0, 300)), dice.Next(3) > 0);
            case 4: return [.. RawWebSocket.Frame(RawWebSocket.Text, message[..(message.Length / 2)], final: false), .. RawWebSocket.Frame(0, message[(message.Length / 2)..])];
            case 5: return Pieces(dice);
            case 6: return RawWebSocket.Frame(RawWebSocket.Text, [.. message, .. Noise(dice, 3)]);
            case 7: return RawWebSocket.Frame(RawWebSocket.Text, Encoding.UTF8.GetBytes($$"""{"v":1,"t":"resume","resume_token":"{{Convert.ToBase64String(Noise(dice, 32))}}","after":{{dice.NextInt64()}}}"""));
            // A length that no memory holds.
            case 8: return Huge(dice);
            default: return RawWebSocket.Frame(RawWebSocket.Text, message);
        }
    }

    private static byte[] Pieces(Random dice)
    {
        var all = new List<byte>(RawWebSocket.Frame(RawWebSocket.Text, "{\"v\":1"u8.ToArray(), final: false));
        for (var i = dice.Next(1, 300); i > 0; i--) all.AddRange(RawWebSocket.Frame(0, Encoding.ASCII.GetBytes(new string(' ', dice.Next(0, 1000))), final: false));
        all.AddRange(RawWebSocket.Frame(0, "}"u8.ToArray()));
        return [.. all];
    }

    private static byte[] Huge(Random dice)
    {
        var head = new byte[14];
        (head[0], head[1]) = (0x81, 0xff);
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(2), dice.Next(2) == 0 ? long.MinValue + dice.Next() : -1 - dice.NextInt64(long.MaxValue));
        return head;
    }

    private static byte[] Noise(Random dice, int length)
    {
        var bytes = new byte[length];
        dice.NextBytes(bytes);
        return bytes;
    }
}
