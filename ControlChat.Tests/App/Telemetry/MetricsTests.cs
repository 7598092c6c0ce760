using System.Net;
using System.Net.Http.Headers;
using ControlChat.App;
using ControlChat.Tests.Core.Sessions.Terminals;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Telemetry;

/// <summary>GET /metrics: what is in it, and for whom.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task The_hubs_numbers_are_valid_text_with_every_series_that_alerts_need()
    {
        await using var hub = await TestHub.StartAsync();
        using var answer = await hub.Anonymous.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var read = Exposition.Read(await answer.Content.ReadAsStringAsync());
        foreach (var name in new[]
        {
            "controlchat_runs_started_total", "controlchat_runs_completed_total", "controlchat_runs_errored_total", "controlchat_runs_active",
            "controlchat_model_retries_total", "controlchat_dead_letters_total", "controlchat_dead_letter_queue_size", "controlchat_approvals_pending",
            "controlchat_outbox_backlog", "controlchat_bus_up", "controlchat_database_up", "controlchat_event_streams_open", "controlchat_circuits_open",
            "controlchat_session_at_work", "controlchat_session_panic_stops_total", "controlchat_session_terminal_bytes_total", "controlchat_session_viewers", "controlchat_session_memory_bytes",
            "controlchat_session_memory_most_bytes", "controlchat_signin_failures_total", "controlchat_audit_last_seq", "controlchat_audit_unsigned_rows", "controlchat_log_lines_lost_total",
        }) Assert.True(read.Samples(name).Count > 0, $"{name} is not there");
        Assert.Equal((1, 1), (read.Value("controlchat_database_up"), read.Value("controlchat_bus_up")));
        Assert.True(read.Value("controlchat_audit_last_seq") > 0);
        Assert.True(read.Value("controlchat_database_write_wait_seconds_count") > 0);
        foreach (var name in new[] { "http_server_request_duration_seconds", "kestrel_active_connections", "dotnet_process_memory_working_set_bytes" })
            Assert.Contains(name, read.Families.Keys);
        Assert.All(read.Families.Keys.Where(n => n.StartsWith("controlchat", StringComparison.Ordinal)), n => Assert.Matches("^controlchat_[a-z_]+$", n));
        Assert.DoesNotContain(read.Families.Keys, n => n.EndsWith("_milliseconds", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sessions_are_counted_by_state_and_what_they_wait_and_print_is_measured()
    {
        await using var hub = await TerminalHub.StartAsync();
        var before = await ReadAsync(hub.Hub);
        var (id, process) = await hub.BeginAsync();
        process.Print("hello");
        Assert.Equal(1, (await ReadAsync(hub.Hub)).Value("controlchat_session_count", ("state", "running"), ("mode", "terminal")));
        Assert.Equal(200, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions/panic-stop", new { scope = "session", session_id = id })).Status);
        await hub.EndedAsync(id);
        var after = await ReadAsync(hub.Hub);
        Assert.Equal(1, after.Value("controlchat_session_count", ("state", "ended"), ("mode", "terminal")));
        Assert.Equal(0, after.Value("controlchat_session_count", ("state", "running"), ("mode", "terminal")));
        // Other tests of this process count too.
        Assert.True(after.Value("controlchat_session_panic_stops_total") - before.Value("controlchat_session_panic_stops_total") >= 1);
        Assert.True(after.Value("controlchat_session_queue_wait_seconds_count") >= 1);
        Assert.True(after.Value("controlchat_session_terminal_bytes_total", ("direction", "out")) - before.Value("controlchat_session_terminal_bytes_total", ("direction", "out")) >= 5);
    }

    [Fact]
    public async Task What_a_run_does_is_counted_and_timed()
    {
        await using var hub = await TestHub.StartAsync();
        var before = await ReadAsync(hub);
        var conversation = (await TestHub.PostAsync(hub.Browser, "/api/v1/conversations")).Body["id"]!.GetValue<string>();
        await TestHub.PostAsync(hub.Browser, $"/api/v1/conversations/{conversation}/messages", new { text = "/create Billing", request_id = "r-metrics-1" });
        await Waiting.UntilAsync(async () => (await TestHub.JsonAsync(hub.Browser, $"/api/v1/conversations/{conversation}"))["runs"]![0]!["status"]!.GetValue<string>() == "completed");
        var after = await ReadAsync(hub);
        Assert.True(Grown("controlchat_runs_started_total") >= 1);
        Assert.True(Grown("controlchat_runs_completed_total") >= 1);
        Assert.True(Grown("controlchat_tool_calls_total", ("tool", "workspace.create"), ("status", "completed")) >= 1);
        Assert.True(Grown("controlchat_tool_duration_seconds_count", ("tool", "workspace.create")) >= 1);
        Assert.True(Grown("controlchat_run_duration_seconds_count") >= 0);
        Assert.True(Grown("controlchat_model_time_to_first_token_seconds_count", ("model", "offline planner")) >= 1);
        Assert.True(Grown("controlchat_audit_last_seq") >= 1);

        double Grown(string name, params (string, string)[] labels) => (after.Value(name, labels) ?? 0) - (before.Value(name, labels) ?? 0);
    }

    [Fact]
    public async Task What_waits_for_a_person_is_shown()
    {
        await using var hub = await TestHub.StartAsync();
        var (_, made) = await TestHub.PostAsync(hub.Browser, "/api/v1/tools/workspace.create", new { request_id = "r-metrics-2", arguments = new { title = "Billing" } });
        await TestHub.PostAsync(hub.Browser, "/api/v1/tools/workspace.archive", new { request_id = "r-metrics-3", arguments = new { workspace_id = made["result"]!["workspace"]!["id"]!.GetValue<string>() } });
        Assert.Equal(1, (await ReadAsync(hub)).Value("controlchat_approvals_pending"));
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("Forwarded", "for=203.0.113.9")]
    [InlineData("Via", "1.1 caddy")]
    [InlineData("Host", "hub.example")]
    [InlineData("Host", "evil.example")]
    public async Task Whoever_comes_through_a_proxy_or_by_another_name_is_not_this_machine(string header, string value)
    {
        await using var hub = await TestHub.StartAsync(args: ["--Hub:PublicUrl=http://hub.example"]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await hub.Anonymous.SendAsync(request);
        Assert.Equal(value == "evil.example" ? 421 : 401, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task The_token_of_a_scraper_is_enough_under_any_name_and_an_admin_may_look_too()
    {
        const string token = "a scraper's own, long enough";
        Environment.SetEnvironmentVariable("Telemetry__MetricsToken", token);
        try
        {
            await using var hub = await TestHub.StartAsync();
            Assert.Equal(200, await StatusAsync(hub.CreateClient(), "app:8080", token));
            Assert.Equal(421, await StatusAsync(hub.CreateClient(), "app:8080", token + "x"));
            var own = new Uri(hub.Url).Authority;
            Assert.Equal(401, await StatusAsync(hub.CreateClient(), own, null, "X-Forwarded-For"));
            Assert.Equal(200, await StatusAsync(await hub.SignInAsync(), own, null, "X-Forwarded-For"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("Telemetry__MetricsToken", null);
        }
    }

    [Fact]
    public async Task A_worker_answers_for_its_health_where_it_is_told_to_and_for_nothing_else()
    {
        using var folder = new TempFolder();
        string[] settings = ["--mode=worker", "--Worker:Listen=http://127.0.0.1:0", $"--Hub:DataDirectory={folder["data"]}", "--Logging:LogLevel:Default=None"];
        await using var app = ControlChatApp.Create(settings);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Url) };
        await Waiting.UntilAsync(async () => await StatusAsync(client, "/health/ready") == 200);
        Assert.True(Exposition.Read(await client.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Value("controlchat_bus_up") == 1);
        foreach (var path in new[] { "/", "/signin", "/api/v1/me", "/openapi/v1.json" }) Assert.Equal(404, await StatusAsync(client, path));
        Assert.Null(await app.FindSignInLinkAsync());
        Assert.Equal((0, 69), (await RunAsync(folder["data"], "health"), await RunAsync(folder["data"], "login-link")));
        await app.StopAsync();
        Assert.Equal(69, await RunAsync(folder["data"], "health"));
    }

    private static async Task<Exposition> ReadAsync(TestHub hub) => Exposition.Read(await hub.Anonymous.GetStringAsync(new Uri("/metrics", UriKind.Relative)));

    private static async Task<int> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        return (int)answer.StatusCode;
    }

    private static async Task<int> StatusAsync(HttpClient client, string host, string? token, string? header = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Host = host;
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (header is not null) request.Headers.Add(header, "203.0.113.9");
        using var answer = await client.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private static async Task<int> RunAsync(string dataDirectory, string command)
    {
        using var output = new StringWriter();
        return await ControlChatProgram.RunAsync([command, $"--Hub:DataDirectory={dataDirectory}"], output, output, CancellationToken.None);
    }
}
