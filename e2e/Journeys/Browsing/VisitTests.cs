using System.Net.Mime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ControlChat.Journeys.Browsing;

/// <summary>A journey is only worth something when a visit notices what goes wrong behind the picture.</summary>
public sealed class VisitTests(Browser browser)
{
    private const string Ready = "<!doctype html><link rel=icon href=data:,><body data-ready>";

    [Fact]
    public async Task A_clean_page_is_a_clean_visit()
    {
        await VisitAsync($"{Ready}hello", visit => Task.CompletedTask);
    }

    [Theory]
    [InlineData("<script>console.error('broken')</script>", "console: broken")]
    [InlineData("<script>nothing.here()</script>", "page error")]
    [InlineData("<img src='http://127.0.0.2:9/x.png'>", "another origin")]
    [InlineData("<script>new WebSocket('ws://127.0.0.2:9/x')</script>", "another origin")]
    [InlineData("<script>fetch('/broken')</script>", "500 ")]
    [InlineData("<style>b{color:red}</style><img src='/x' onerror='alert(1)'>", "Content Security Policy", "script-src 'none'; img-src 'self'")]
    public async Task A_visit_notices(string markup, string fault, string policy = "")
    {
        var problem = await Record.ExceptionAsync(() => VisitAsync(Ready + markup, async visit =>
        {
            for (var i = 0; i < 200 && !visit.Faults.Any(f => f.Contains(fault, StringComparison.OrdinalIgnoreCase)); i++) await visit.Page.WaitForTimeoutAsync(10);
        }, policy));
        Assert.NotNull(problem);
        Assert.Contains(fault, problem.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_expected_fault_is_no_fault()
    {
        await VisitAsync($"{Ready}<script>console.error('known')</script>", visit =>
        {
            visit.Expect("known");
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Content_wider_than_the_phone_is_a_fault()
    {
        var problem = await Record.ExceptionAsync(() => VisitAsync($"{Ready}<div style='width:700px'>wide</div>", visit => visit.ShotsAsync("too-wide")));
        Assert.Contains("wider than a screen of 360 px", problem?.Message, StringComparison.Ordinal);
    }

    private async Task VisitAsync(string markup, Func<Visit, Task> steps, string policy = "")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/", (HttpContext context) =>
        {
            if (policy.Length > 0) context.Response.Headers.ContentSecurityPolicy = policy;
            return Results.Text(markup, MediaTypeNames.Text.Html);
        });
        app.MapGet("/broken", () => Results.StatusCode(500));
        await app.StartAsync();
        var url = app.Urls.First();
        await browser.VisitAsync(new Site(url, new Uri(url), () => "", () => []), steps);
    }
}
