using System.Security.Claims;
using System.Text;
using ControlChat.App.Api;
using ControlChat.App.Mcp;
using ControlChat.App.Start;
using ControlChat.Core.Mcp;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace ControlChat.Tests.App.Mcp;

/// <summary>Who calls while a body is on its way.</summary>
public sealed class McpDoorTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private McpBench _bench = null!;
    private McpDoor _door = null!;
    private int _entered;

    public async ValueTask InitializeAsync()
    {
        _bench = await McpBench.StartAsync();
        _door = new McpDoor(Get<McpConnections>(), Get<OwnAddresses>(), Get<IHostApplicationLifetime>(), _time);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_caller_whose_body_trickles_in_is_found_out_again_before_it_counts()
    {
        var body = new SlowBody(McpBench.Initialize().ToJsonString());
        var context = Context(body);
        var posting = _door.PostAsync(context, () => ++_entered == 1 ? Task.FromResult(Caller()) : throw new ApiException(401, "unauthenticated", "The session has ended."));
        await body.Asked;
        _time.Advance(TimeSpan.FromSeconds(1));
        body.Come();
        Assert.Equal(401, (await Assert.ThrowsAsync<ApiException>(() => posting)).Status);
        Assert.Equal((2, 0), (_entered, Get<McpConnections>().Count));
    }

    [Fact]
    public async Task A_caller_whose_body_comes_at_once_is_found_out_once()
    {
        var body = new SlowBody(McpBench.Initialize().ToJsonString());
        var context = Context(body);
        var posting = _door.PostAsync(context, () => ++_entered == 1 ? Task.FromResult(Caller()) : throw new ApiException(401, "unauthenticated", "The session has ended."));
        await body.Asked;
        body.Come();
        await posting;
        Assert.Equal((1, 200), (_entered, context.Response.StatusCode));
    }

    private T Get<T>() where T : notnull => _bench.Bench.Hub.Services.GetRequiredService<T>();

    private McpCaller Caller() => new("one", "acc_1", new ClaimsPrincipal(), null, () => Get<WorkspaceServer>().Options);

    private DefaultHttpContext Context(Stream body)
    {
        var context = new DefaultHttpContext { RequestServices = _bench.Bench.Hub.Services };
        (context.Request.Method, context.Request.ContentType, context.Request.Body, context.Response.Body) = ("POST", "application/json", body, new MemoryStream());
        return context;
    }

    private sealed class SlowBody(string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _come = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public void Come() => _come.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _asked.TrySetResult();
            await _come.Task.WaitAsync(cancellationToken);
            return Read(buffer.Span);
        }
    }
}
