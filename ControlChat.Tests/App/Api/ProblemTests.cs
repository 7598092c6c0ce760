using System.Net;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Api;

public sealed class ProblemTests
{
    [Theory]
    [InlineData("GET", "/api/v1/nowhere", 404, "not_found")]
    [InlineData("GET", "/api", 404, "not_found")]
    [InlineData("DELETE", "/api/v1/me", 405, "method_not_allowed")]
    [InlineData("PROPFIND", "/api/v1/me", 405, "method_not_allowed")]
    public async Task An_error_is_a_problem_with_a_code_and_a_trace(string method, string path, int status, string code)
    {
        await using var hub = await TestHub.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await hub.Browser.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var body = await TestHub.BodyAsync(answer);
        Assert.Equal(["type", "title", "status", "detail", "code", "trace_id"], body.Select(p => p.Key));
        Assert.Equal(status, body["status"]!.GetValue<int>());
        Assert.Equal(code, body["code"]!.GetValue<string>());
        Assert.Matches("^[0-9a-f]{32}$", body["trace_id"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_browser_at_an_unknown_address_sees_a_page()
    {
        await using var hub = await TestHub.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere");
        request.Headers.Add("Accept", "text/html");
        using var answer = await hub.Browser.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Too_many_requests_wait_and_say_how_long()
    {
        var time = new FakeTime();
        await using var hub = await TestHub.StartAsync(time, ["--Limits:RequestsPerMinute=10"]);
        HttpResponseMessage? answer = null;
        for (var i = 0; i < 11; i++) answer = await hub.Browser.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        Assert.Equal(HttpStatusCode.TooManyRequests, answer!.StatusCode);
        Assert.Equal("rate_limited", (await TestHub.BodyAsync(answer))["code"]!.GetValue<string>());
        var wait = answer.Headers.RetryAfter!.Delta!.Value;
        Assert.InRange(wait.TotalSeconds, 1, 60);

        var token = await hub.TokenAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(token));
        time.Advance(wait);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(hub.Browser));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413_whether_it_says_its_length_or_not()
    {
        await using var hub = await TestHub.StartAsync(args: ["--Limits:BodyBytes=4096"]);
        foreach (var chunked in new[] { false, true })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tools/workspace.list") { Content = new ByteArrayContent(new byte[40_000]) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.TransferEncodingChunked = chunked;
            using var answer = await hub.Browser.SendAsync(request);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            Assert.Equal("too_large", (await TestHub.BodyAsync(answer))["code"]!.GetValue<string>());
        }
    }

    [Theory]
    [InlineData("text/plain", "{}", 415, "unsupported_media_type")]
    [InlineData("application/json", "{", 422, "invalid")]
    [InlineData("application/json", "[]", 422, "invalid")]
    [InlineData("application/json", "", 422, "invalid")]
    [InlineData("application/json", "{\"arguments\": {}, \"request_id\": \"r-1234567\", \"confirm_token\": \"x\"}", 422, "unknown_field")]
    public async Task A_body_that_is_not_what_the_route_takes_is_refused_with_a_code(string type, string body, int status, string code)
    {
        await using var hub = await TestHub.StartAsync();
        using var content = new StringContent(body);
        content.Headers.ContentType = new(type);
        using var answer = await hub.Browser.PostAsync(new Uri("/api/v1/tools/workspace.list", UriKind.Relative), content);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(code, (await TestHub.BodyAsync(answer))["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Health_and_the_description_of_the_API_need_no_sign_in()
    {
        await using var hub = await TestHub.StartAsync();
        Assert.Equal("live", (await TestHub.JsonAsync(hub.Anonymous, "/health/live"))["status"]!.GetValue<string>());
        Assert.Equal("ok", (await TestHub.JsonAsync(hub.Anonymous, "/health/ready"))["checks"]!["hub"]!.GetValue<string>());
        var api = await TestHub.JsonAsync(hub.Anonymous, "/openapi/v1.json");
        foreach (var (path, methods) in api["paths"]!.AsObject())
            foreach (var (method, operation) in methods!.AsObject())
            {
                Assert.False(string.IsNullOrEmpty(operation!["summary"]?.GetValue<string>()), $"{method} {path} has no summary");
                Assert.True(operation["tags"]?.AsArray().Count > 0, $"{method} {path} has no tag");
            }
        Assert.NotNull(api["paths"]!["/api/v1/me"]);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        return answer.StatusCode;
    }
}
