using System.Globalization;
using System.Text;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Api;

/// <summary>Ten thousand broken requests over every route: no crash, no hang, no 5xx. Set FUZZ_SEED and FUZZ_CASES for other runs.</summary>
public sealed class MalformedInputTests(ITestOutputHelper output)
{
    private static readonly string[] Scraps =
    [
        "{", "}", "[", "null", "true", "-", "1e999", "\"", "\\ud800", "\u0000", "'; drop table accounts; --", "../../etc/passwd", "%00", "%2e%2e%2f", "{\"a\":1,\"a\":2}",
        "{\"request_id\":\"fuzz-0001\",\"arguments\":{}}", "{\"request_id\":\"fuzz-0002\",\"arguments\":{\"workspace_id\":null}}", "{\"request_id\":\"\",\"arguments\":[]}", "{\"text\":5}", "{\"title\":{}}",
        "{\"confirm_token\":\"x\",\"veto\":[-1,1e9]}", "{\"reason\":\"\\udfff\"}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "9999999999999999999999", "ws_0", "latest", "a\u202Eb", "💥",
    ];

    private static readonly string[] Queries = ["limit", "cursor", "after", "before_seq", "status", "mine", "decidable", "text", "from", "to", "t", "format", "archived"];
    private static readonly string[] Types = ["application/json", "application/json; charset=utf-16", "text/plain", "application/xml", "multipart/form-data; boundary=x", ""];

    [Fact]
    public async Task No_malformed_request_is_answered_with_a_server_error()
    {
        var seed = Number("FUZZ_SEED", 20261121);
        var cases = Number("FUZZ_CASES", 10_000);
        output.WriteLine($"seed {seed}, {cases} cases");
        await using var hub = await TestHub.StartAsync(args: ["--Limits:RequestsPerMinute=100000"]);
        var token = await hub.TokenAsync();
        token.Timeout = TimeSpan.FromSeconds(30);
        var routes = Routes(hub).ToList();
        Assert.NotEmpty(routes);
        var faults = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var statuses = new System.Collections.Concurrent.ConcurrentDictionary<int, bool>();
        await Parallel.ForEachAsync(Enumerable.Range(0, cases), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, cancellationToken) =>
        {
            var random = new Random(unchecked((seed * 31) + i));
            using var request = Next(random, routes);
            using var answer = await token.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            statuses.TryAdd((int)answer.StatusCode, true);
            if ((int)answer.StatusCode >= 500) faults.Enqueue($"case {i}: {request.Method} {request.RequestUri} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        });
        Assert.Empty(faults.Take(5));
        // The requests got past the doors: they were refused for what they say.
        Assert.Superset(new HashSet<int> { 200, 404, 405, 415, 422 }, statuses.Keys.ToHashSet());
        Assert.Equal("live", (await TestHub.JsonAsync(hub.Anonymous, "/health/live"))["status"]!.GetValue<string>());
    }

    private static IEnumerable<(string Method, string Pattern)> Routes(TestHub hub) =>
        from endpoint in hub.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let pattern = endpoint.RoutePattern.RawText ?? ""
        where pattern.StartsWith("/api", StringComparison.Ordinal) || pattern is "/login" or "/logout"
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        // A client of HTTP/1.1 takes it for a proxy's.
        where method != "CONNECT"
        select (method, pattern);

    private static HttpRequestMessage Next(Random random, List<(string Method, string Pattern)> routes)
    {
        var (method, pattern) = routes[random.Next(routes.Count)];
        var path = System.Text.RegularExpressions.Regex.Replace(pattern, "\\{[^}]*\\}", _ => Uri.EscapeDataString(Scrap(random)));
        var query = string.Join('&', Enumerable.Range(0, random.Next(3)).Select(_ => $"{Queries[random.Next(Queries.Length)]}={Uri.EscapeDataString(Scrap(random))}"));
        var request = new HttpRequestMessage(new HttpMethod(random.Next(20) == 0 ? "PUT" : method), query.Length > 0 ? $"{path}?{query}" : path);
        if (request.Method == HttpMethod.Get && random.Next(4) > 0) return request;
        request.Content = new ByteArrayContent(Body(random));
        if (Types[random.Next(3) == 0 ? random.Next(Types.Length) : 0] is { Length: > 0 } type) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        request.Headers.TransferEncodingChunked = random.Next(5) == 0;
        return request;
    }

    private static byte[] Body(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(1, 4); i > 0; i--) text.Append(Scrap(random));
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        for (var i = random.Next(3) == 0 ? random.Next(4) : 0; i > 0 && bytes.Length > 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    private static string Scrap(Random random) => random.Next(12) == 0 ? new string((char)random.Next(32, 0x2fff), random.Next(1, 400)) : Scraps[random.Next(Scraps.Length)];

    private static int Number(string name, int usual) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : usual;
}
