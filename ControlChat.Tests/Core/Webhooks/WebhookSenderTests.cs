using System.Net;
using System.Security.Cryptography;
using System.Text;
using ControlChat.Core.Webhooks;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace ControlChat.Tests.Core.Webhooks;

/// <summary>One delivery to a real server over TLS.</summary>
public sealed class WebhookSenderTests : IAsyncLifetime
{
    private static readonly WebhookDelivery _delivery = new()
    {
        Delivery = "0197a000-0000-7000-8000-000000000001",
        Event = "tool.applied",
        EventId = "aud_1",
        At = new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero),
        Data = """{"seq":7}""",
    };

    private static readonly byte[] _body = _delivery.Body("hub_1");
    private HookReceiver _receiver = null!;

    public async ValueTask InitializeAsync() => _receiver = await HookReceiver.StartAsync();

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    [Fact]
    public void The_signature_is_that_of_the_example_in_the_readme()
    {
        var signature = WebhookSignature.Of("a secret of the example", DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), Encoding.UTF8.GetBytes("""{"id":"aud_1"}"""));
        Assert.StartsWith("t=1700000000,v1=", signature, StringComparison.Ordinal);
        Assert.Contains($"`{signature}`", HouseRules.Repository.Text("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_arrives_whole_named_and_signed_over_what_arrived()
    {
        using var sender = _receiver.Sender();
        Assert.Null(await sender.SendAsync(_receiver.Endpoint(), _delivery, _body, default));
        var hook = Assert.Single(_receiver.Hooks);
        Assert.Equal(("/in", "tool.applied", _delivery.Delivery, "application/json; charset=utf-8"), (hook.Path, hook.Event, hook.Headers["X-ControlChat-Delivery"], hook.Headers["Content-Type"]));
        Assert.Equal("""{"id":"aud_1","event":"tool.applied","at":"2026-11-21T08:00:00.000Z","hub_id":"hub_1","data":{"seq":7}}""", Encoding.UTF8.GetString(hook.Body));
        var signature = hook.Headers["X-ControlChat-Signature"];
        var time = signature.Split(',')[0][2..];
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData("of the test"u8, (byte[])[.. Encoding.UTF8.GetBytes(time + "."), .. hook.Body]));
        Assert.Equal($"t={time},v1={expected}", signature);
        Assert.DoesNotContain(hook.Headers, h => h.Value.Contains("of the test", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_a_failure_and_is_not_followed(int status)
    {
        _receiver.Answers = context =>
        {
            (context.Response.StatusCode, context.Response.Headers.Location) = (status, _receiver.Url + "/elsewhere");
            return Task.CompletedTask;
        };
        Assert.Contains("redirects are not followed", await FailAsync(), StringComparison.Ordinal);
        Assert.Equal("/in", Assert.Single(_receiver.Hooks).Path);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(410)]
    [InlineData(500)]
    public async Task Another_status_is_a_failure_that_says_it(int status)
    {
        _receiver.Answers = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("what it says is nobody's business");
        };
        Assert.Equal($"It answered {status}.", await FailAsync());
    }

    [Fact]
    public async Task Who_does_not_answer_in_time_failed()
    {
        _receiver.Answers = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        Assert.Equal("It did not answer within 0.5 s.", await FailAsync(new WebhookTiming { Answer = TimeSpan.FromSeconds(0.5) }));
    }

    [Fact]
    public async Task An_answer_without_end_is_taken_and_not_read()
    {
        var written = 0L;
        var gone = new TaskCompletionSource();
        _receiver.Answers = async context =>
        {
            try
            {
                while (true)
                {
                    await context.Response.Body.WriteAsync(new byte[8 * 1024], context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    written += 8 * 1024;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                gone.TrySetResult();
            }
        };
        using var sender = _receiver.Sender();
        Assert.Null(await sender.SendAsync(_receiver.Endpoint(), _delivery, _body, default));
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30));
        // What fits into the buffers of two sockets, and nothing more.
        Assert.InRange(written, 0, 64 * 1024 * 1024);
    }

    [Fact]
    public async Task A_head_that_is_too_long_is_a_failure()
    {
        _receiver.Answers = context =>
        {
            context.Response.Headers["X-Long"] = new string('x', 6_000);
            return Task.CompletedTask;
        };
        Assert.NotEmpty(await FailAsync());
    }

    [Fact]
    public async Task Who_shows_a_certificate_of_another_authority_is_told_nothing()
    {
        using var sender = new WebhookSender(true, new WebhookTiming(), TimeProvider.System);
        Assert.Equal("Its certificate is not good, or it does not speak TLS.", await sender.SendAsync(_receiver.Endpoint(), _delivery, _body, default));
        Assert.Empty(_receiver.Hooks);
    }

    [Fact]
    public async Task Who_is_not_there_could_not_be_reached()
    {
        await _receiver.GoAsync();
        Assert.Equal("It could not be reached.", await FailAsync());
    }

    [Theory]
    [InlineData("https://127.0.0.1")]
    [InlineData("https://2130706433")]
    [InlineData("https://0x7f000001")]
    [InlineData("https://0177.0.0.1")]
    [InlineData("https://127.1")]
    [InlineData("https://[::1]")]
    [InlineData("https://[::ffff:127.0.0.1]")]
    [InlineData("https://[::ffff:7f00:1]")]
    [InlineData("https://[64:ff9b::7f00:1]")]
    [InlineData("https://localhost")]
    [InlineData("https://0.0.0.0")]
    [InlineData("https://169.254.169.254")]
    public async Task An_address_that_is_not_of_the_open_internet_is_not_reached_however_it_is_written(string host)
    {
        using var sender = new WebhookSender(false, new WebhookTiming(), TimeProvider.System, _receiver.Trusts);
        var endpoint = new WebhookEndpoint("siem", new Uri($"{host}:{_receiver.Port}/in"), [], "of the test");
        Assert.Contains("Webhooks:AllowPrivate", await sender.SendAsync(endpoint, _delivery, _body, default), StringComparison.Ordinal);
        Assert.Empty(_receiver.Hooks);
    }

    [Theory]
    [InlineData("localhost.", "127.0.0.1")]
    [InlineData("metadata.example", "169.254.169.254")]
    [InlineData("inner.example", "10.1.2.3")]
    [InlineData("six.example", "fd00::1")]
    [InlineData("mapped.example", "::ffff:192.168.0.1")]
    public async Task A_name_that_leads_to_a_private_address_is_not_reached(string name, string address)
    {
        using var sender = new WebhookSender(false, new WebhookTiming(), TimeProvider.System, _receiver.Trusts, (asked, _) => Task.FromResult<IPAddress[]>(asked == name ? [IPAddress.Parse(address)] : []));
        Assert.Contains("Webhooks:AllowPrivate", await sender.SendAsync(new WebhookEndpoint("siem", new Uri($"https://{name}:{_receiver.Port}/in"), [], "of the test"), _delivery, _body, default), StringComparison.Ordinal);
        Assert.Empty(_receiver.Hooks);
    }

    [Fact]
    public async Task A_name_counts_as_what_it_leads_to_at_each_connection()
    {
        var asked = 0;
        // Of the open internet at the first look, and this machine from then on.
        using var sender = new WebhookSender(false, new WebhookTiming { Answer = TimeSpan.FromSeconds(0.5) }, TimeProvider.System, _receiver.Trusts, (_, _) =>
            Task.FromResult<IPAddress[]>([++asked == 1 ? IPAddress.Parse("198.41.0.4") : IPAddress.Loopback]));
        var endpoint = new WebhookEndpoint("siem", new Uri($"https://rebinding.example:{_receiver.Port}/in"), [], "of the test");
        Assert.NotNull(await sender.SendAsync(endpoint, _delivery, _body, default));
        Assert.Contains("Webhooks:AllowPrivate", await sender.SendAsync(endpoint, _delivery, _body, default), StringComparison.Ordinal);
        Assert.Equal(2, asked);
        Assert.Empty(_receiver.Hooks);
    }

    [Fact]
    public async Task Of_a_name_that_leads_to_both_only_the_open_address_is_tried()
    {
        using var sender = new WebhookSender(false, new WebhookTiming { Answer = TimeSpan.FromSeconds(0.5) }, TimeProvider.System, _receiver.Trusts, (_, _) =>
            Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("198.41.0.4")]));
        Assert.NotNull(await sender.SendAsync(new WebhookEndpoint("siem", new Uri($"https://both.example:{_receiver.Port}/in"), [], "of the test"), _delivery, _body, default));
        Assert.Empty(_receiver.Hooks);
    }

    private async Task<string> FailAsync(WebhookTiming? timing = null)
    {
        using var sender = _receiver.Sender(timing);
        return Assert.IsType<string>(await sender.SendAsync(_receiver.Endpoint(), _delivery, _body, default));
    }
}
