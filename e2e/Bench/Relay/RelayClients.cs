using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ControlChat.Bench.Relay;

/// <summary>
/// The reading end of P3, a process of its own for every side alike: <c>relay-clients sse|xread TARGET CLIENTS COUNT</c>. It says
/// <c>ready</c> once all clients read, and after COUNT events each, or 10 s after its input ended, one line of JSON.
/// </summary>
internal static class RelayClients
{
    public const string Command = "relay-clients";
    public const string CookieVariable = "CONTROLCHAT_BENCH_COOKIE";
    private static readonly TimeSpan _rest = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(string[] args)
    {
        var (kind, target, clients, count) = (args[1], args[2], Number(args[3]), Number(args[4]));
        var reading = Enumerable.Range(0, clients).Select(_ => new Heard(count)).ToList();
        using var end = new CancellationTokenSource();
        var (ready, all) = (new List<Task>(), new List<Task>());
        foreach (var heard in reading)
        {
            var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ready.Add(opened.Task);
            all.Add(kind == "sse" ? SseAsync(target, heard, opened, end.Token) : RedisStreamReader.ReadAsync(target, heard, opened, end.Token));
        }
        await Task.WhenAll(ready);
        Console.WriteLine("ready");
        var told = Task.Run(async () =>
        {
            await Console.In.ReadToEndAsync(CancellationToken.None);
            await Task.Delay(_rest, TimeProvider.System);
        });
        await Task.WhenAny(Task.WhenAll(all), told);
        await end.CancelAsync();
        Console.WriteLine(JsonSerializer.Serialize(new RelayResult(
            [.. reading.SelectMany(h => h.Times)], reading.Sum(h => count - h.Times.Count), reading.Sum(h => h.Twice))));
        return 0;
    }

    private static async Task SseAsync(string url, Heard heard, TaskCompletionSource opened, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (Environment.GetEnvironmentVariable(CookieVariable) is { Length: > 0 } cookie) request.Headers.Add("Cookie", cookie);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        opened.SetResult();
        var (buffer, held) = (new byte[1 << 16], 0);
        for (int read; !heard.IsComplete && (read = await body.ReadAsync(buffer.AsMemory(held), cancellationToken)) > 0;)
        {
            var now = Stopwatch.GetTimestamp();
            held += read;
            var from = 0;
            for (int at; (at = buffer.AsSpan(from, held - from).IndexOf((byte)'\n')) >= 0; from += at + 1) heard.Line(buffer.AsSpan(from, at), now);
            buffer.AsSpan(from, held - from).CopyTo(buffer);
            held -= from;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>What one client heard.</summary>
internal sealed class Heard(int count)
{
    private readonly bool[] _seen = new bool[count];

    public List<double> Times { get; } = new(count);

    public int Twice { get; private set; }

    public bool IsComplete => Times.Count == count;

    /// <summary>The mark of an event: its number and when it was appended, by the clock that all processes of a machine share.</summary>
    public static string Mark(int number) => string.Create(CultureInfo.InvariantCulture, $"~{number},{Stopwatch.GetTimestamp()}~");

    public void Line(ReadOnlySpan<byte> line, long now)
    {
        var from = line.IndexOf((byte)'~');
        if (from < 0) return;
        var mark = Encoding.ASCII.GetString(line[(from + 1)..]).Split('~')[0].Split(',');
        var number = int.Parse(mark[0], CultureInfo.InvariantCulture);
        if (_seen[number])
        {
            Twice++;
            return;
        }
        _seen[number] = true;
        Times.Add(Stopwatch.GetElapsedTime(long.Parse(mark[1], CultureInfo.InvariantCulture), now).TotalMilliseconds);
    }
}

internal sealed record RelayResult(IReadOnlyList<double> Times, int Lost, int Twice);
