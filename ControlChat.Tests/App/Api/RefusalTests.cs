using System.Text;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.App.Api;

/// <summary>Every refusal of the API is a problem with a code and a trace id, and the trace id leads to the log.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("GET", "/api/v1/nowhere", 404, "not_found")]
    [InlineData("POST", "/api/v1/nowhere", 404, "not_found")]
    [InlineData("GET", "/api/v1/plans/pln_none", 404, "not_found")]
    [InlineData("GET", "/api/v1/audit?limit=many", 422, "invalid")]
    [InlineData("POST", "/api/v1/tools/no.such", 404, "unknown_tool", "{\"request_id\": \"r-refusal-1\", \"arguments\": {}}")]
    [InlineData("POST", "/api/v1/tools/workspace.list", 422, "invalid", "{\"request_id\": ")]
    [InlineData("POST", "/api/v1/tools/workspace.list", 422, "invalid", "{\"arguments\": {}}")]
    [InlineData("POST", "/api/v1/tools/workspace.list", 415, "unsupported_media_type", "a=b", "application/x-www-form-urlencoded")]
    [InlineData("POST", "/api/v1/tools/workspace.list", 413, "too_large", "*")]
    public async Task A_signed_in_person_is_refused_with_a_code_and_a_trace(string method, string path, int status, string code, string? body = null, string type = "application/json")
    {
        await using var hub = await TestHub.StartAsync(args: ["--Limits:BodyBytes=4096"]);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body == "*" ? new string(' ', 5_000) : body, Encoding.UTF8, type);
        using var answer = await hub.Browser.SendAsync(request);
        await CheckAsync(hub, answer, status, code);
    }

    [Fact]
    public async Task So_is_who_is_not_signed_in_or_lacks_a_scope_or_the_sessions_token()
    {
        await using var hub = await TestHub.StartAsync();
        await CheckAsync(hub, await hub.Anonymous.GetAsync(Of("/api/v1/me")), 401, "unauthenticated");
        await CheckAsync(hub, await (await hub.TokenAsync(TokenScopes.Read)).PostAsync(Of("/api/v1/conversations"), null), 403, "scope_missing");
        hub.Browser.DefaultRequestHeaders.Remove("X-CSRF-Token");
        await CheckAsync(hub, await hub.Browser.PostAsync(Of("/api/v1/conversations"), null), 403, "csrf");
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me") { Headers = { Host = "evil.example" } };
        await CheckAsync(hub, await hub.Anonymous.SendAsync(foreign), 421, "wrong_host");
    }

    [Fact]
    public async Task So_is_who_asks_too_often()
    {
        await using var hub = await TestHub.StartAsync(args: ["--Limits:RequestsPerMinute=5"]);
        for (var i = 0; i < 5; i++) (await hub.Browser.GetAsync(Of("/api/v1/me"))).Dispose();
        await CheckAsync(hub, await hub.Browser.GetAsync(Of("/api/v1/me")), 429, "rate_limited");
    }

    [Fact]
    public async Task So_is_what_breaks_and_what_is_away()
    {
        await using var hub = await TestHub.StartAsync(configure: s => s.Replace(ServiceDescriptor.Singleton<AuditVerification>(_ => throw new InvalidOperationException("broken inside"))));
        var body = await CheckAsync(hub, await hub.Browser.GetAsync(Of("/api/v1/audit/verify")), 500, "failed");
        Assert.Contains(hub.Log.Lines, l => l.Exception?.Message == "broken inside" && l.TraceId == body["trace_id"]!.GetValue<string>());
        Assert.DoesNotContain("broken inside", body.ToJsonString(), StringComparison.Ordinal);

        await using var away = await TestHub.StartAsync(configure: s => s.Replace(ServiceDescriptor.Singleton<AuditVerification>(_ => throw new HubUnavailableException("away", new TimeoutException()))));
        using var answer = await away.Browser.GetAsync(Of("/api/v1/audit/verify"));
        Assert.Equal(1, answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        await CheckAsync(away, answer, 503, "unavailable");
    }

    /// <summary>No route answers a wrong method with "not found": every address of the API says which methods it takes.</summary>
    [Fact]
    public async Task A_wrong_method_is_405_with_the_right_ones_at_every_address()
    {
        await using var hub = await TestHub.StartAsync(args: ["--Limits:RequestsPerMinute=100000"]);
        var routes = hub.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.TrimStart('/').Split('/')[0] is "api" or "health" or "metrics" or "logout")
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods, (e, m) => (Path: '/' + string.Join('/', e.RoutePattern.PathSegments.Select(p => p.Parts[0] is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart l ? l.Content : "7")), Method: m))
            .GroupBy(r => r.Path, r => r.Method).ToList();
        Assert.True(routes.Count > 20, $"{routes.Count} addresses");
        foreach (var route in routes)
        {
            var wrong = new[] { "GET", "POST", "PUT", "PATCH", "DELETE" }.First(m => !route.Contains(m));
            using var request = new HttpRequestMessage(new HttpMethod(wrong), route.Key);
            using var answer = await hub.Browser.SendAsync(request);
            Assert.True((int)answer.StatusCode == 405, $"{wrong} {route.Key} answered {(int)answer.StatusCode}");
            Assert.Equal(route.Concat(route.Contains("GET") ? ["HEAD"] : []).Distinct().Order(), answer.Content.Headers.Allow.Order());
            await CheckAsync(hub, answer, 405, "method_not_allowed");
        }
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/api/v1/me")]
    [InlineData("/api/v1/conversations")]
    [InlineData("/api/v1/nowhere")]
    [InlineData("/api/v1/conversations/{id}/events")]
    public async Task HEAD_answers_as_GET_does_without_the_body(string path)
    {
        await using var hub = await TestHub.StartAsync();
        var id = (await TestHub.PostAsync(hub.Browser, "/api/v1/conversations")).Body["id"]!.GetValue<string>();
        path = path.Replace("{id}", id, StringComparison.Ordinal);
        using var head = new HttpRequestMessage(HttpMethod.Head, path);
        using var answer = await hub.Browser.SendAsync(head);
        using var get = await hub.Browser.GetAsync(Of(path), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(get.StatusCode, answer.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, answer.Content.Headers.ContentType);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        // The connection serves on: nothing of a body was left on it.
        Assert.True((await TestHub.JsonAsync(hub.Browser, "/api/v1/me")).Count > 0);
    }

    private static Uri Of(string path) => new(path, UriKind.Relative);

    private static async Task<System.Text.Json.Nodes.JsonObject> CheckAsync(TestHub hub, HttpResponseMessage answer, int status, string code)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var body = await TestHub.BodyAsync(answer);
        Assert.Equal((status, code), (body["status"]!.GetValue<int>(), body["code"]!.GetValue<string>()));
        Assert.Equal($"urn:controlchat:problem:{code}", body["type"]!.GetValue<string>());
        var trace = body["trace_id"]!.GetValue<string>();
        Assert.Matches("^[0-9a-f]{32}$", trace);
        // The answer goes out a moment before its line is written.
        await Waiting.UntilAsync(() => hub.Log.Lines.Any(l => l.TraceId == trace && l.Level >= Microsoft.Extensions.Logging.LogLevel.Information && l.Message.Contains($"answered {status}", StringComparison.Ordinal)));
        return body;
    }
}
