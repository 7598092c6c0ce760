using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ControlChat.Tests.Support;

/// <summary>
/// A collector of the tests' own: takes OTLP over HTTP (protobuf) and reads of it what a test asks for. Field numbers:
/// https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto (trace/v1, metrics/v1, common/v1).
/// </summary>
internal sealed class TestCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<CollectedSpan> _spans = new();
    private readonly ConcurrentQueue<CollectedPoint> _points = new();
    private readonly ConcurrentQueue<byte[]> _bodies = new();

    public TestCollector() : this(new ClosedPort())
    {
    }

    /// <summary>Listens on a port that was kept closed till now.</summary>
    public TestCollector(ClosedPort kept)
    {
        Port = kept.Number;
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        kept.Dispose();
        _listener.Start();
        _ = ListenAsync();
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    public IReadOnlyList<CollectedSpan> Spans => [.. _spans];

    public IReadOnlyList<CollectedPoint> Points => [.. _points];

    /// <summary>Everything that came, as one text: for "this occurs nowhere".</summary>
    public string Everything => string.Concat(_bodies.Select(System.Text.Encoding.Latin1.GetString));

    public string? Authorization { get; private set; }

    public IReadOnlyDictionary<string, string> Resource { get; private set; } = new Dictionary<string, string>();

    public void Dispose() => _listener.Close();

    private async Task ListenAsync()
    {
        try
        {
            while (true) await TakeAsync(await _listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task TakeAsync(HttpListenerContext context)
    {
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body);
        Authorization = context.Request.Headers["Authorization"] ?? Authorization;
        _bodies.Enqueue(body.ToArray());
        var message = new Protobuf(body.ToArray());
        foreach (var resource in message.Messages(1))
        {
            Resource = resource.Messages(1).SelectMany(r => r.Messages(1)).ToDictionary(a => a.Text(1), Value);
            foreach (var scope in resource.Messages(2))
            {
                var items = scope.Messages(2);
                if (context.Request.Url!.AbsolutePath == "/v1/traces") foreach (var span in items) _spans.Enqueue(Span(span));
                else foreach (var metric in items) Take(metric);
            }
        }
        context.Response.ContentType = "application/x-protobuf";
        context.Response.Close();
    }

    private static CollectedSpan Span(Protobuf span) => new(
        span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5), span.Messages(9).ToDictionary(a => a.Text(1), Value),
        span.Messages(15).Any(s => s.Number(3) == 2), span.Number(7), span.Number(8));

    // Metric: name 1, unit 3; gauge 5, sum 7, histogram 9, each with data points in 1; attributes 7 of a number, 9 of a histogram.
    private void Take(Protobuf metric)
    {
        foreach (var kind in new[] { 5, 7, 9 })
            foreach (var point in metric.Messages(kind).SelectMany(d => d.Messages(1)))
                _points.Enqueue(new CollectedPoint(
                    metric.Text(1), metric.Text(3), point.Messages(kind == 9 ? 9 : 7).ToDictionary(a => a.Text(1), Value),
                    kind == 9 ? point.Number(4) : point.Has(6) ? point.Number(6) : BitConverter.UInt64BitsToDouble(point.Number(4))));
    }

    private static string Value(Protobuf attribute)
    {
        var value = attribute.Messages(2).Single();
        if (value.Has(5)) return string.Join(',', value.Messages(5).SelectMany(a => a.Messages(1)).Select(v => v.Text(1)));
        return value.Has(1) ? value.Text(1) : value.Number(3).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>A port of the loopback that nobody listens on and nobody else is given: bound, so every connection to it is refused.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _bound = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Number => ((IPEndPoint)_bound.LocalEndPoint!).Port;

    public void Dispose() => _bound.Dispose();
}

/// <param name="Parent">The parent's id, or empty.</param>
internal sealed record CollectedSpan(string TraceId, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Attributes, bool Failed, ulong Began, ulong Ended);

/// <param name="Value">Of a histogram its count.</param>
internal sealed record CollectedPoint(string Name, string Unit, IReadOnlyDictionary<string, string> Attributes, double Value);
