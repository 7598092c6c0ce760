namespace ControlChat.App.Sessions;

/// <summary>The answer as the agent at the other end hears it. What is said after it has left is dropped.</summary>
/// <param name="any">Ends the call.</param>
internal sealed class AgentReply(HttpContext context, CancellationToken any) : IDisposable
{
    private readonly CancellationTokenSource _there = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, any);

    public Task BeginAsync(string contentType) => UnlessLeftAsync(async there =>
    {
        context.Response.StatusCode = 200;
        context.Response.ContentType = contentType;
        context.Response.Headers["X-Accel-Buffering"] = "no";
        await context.Response.StartAsync(there);
    });

    public Task SayAsync(ReadOnlyMemory<byte> text) => UnlessLeftAsync(async there => await context.Response.BodyWriter.WriteAsync(text, there));

    public void Dispose() => _there.Dispose();

    private async Task UnlessLeftAsync(Func<CancellationToken, Task> say)
    {
        if (context.RequestAborted.IsCancellationRequested) return;
        try
        {
            await say(_there.Token);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // It left in the middle of it.
        }
    }
}
