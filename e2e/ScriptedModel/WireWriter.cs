using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace ControlChat.ScriptedModel;

/// <summary>Writes one answer, event by event, each flushed alone as a model's would be.</summary>
internal sealed class WireWriter(HttpContext context, ModelRequest request, Reply reply, int number, CancellationToken cancellationToken)
{
    private readonly IEventForm _form = request.Api == "chat" ? new ChatForm(request, reply, number) : new ResponsesForm(request, reply, number);

    public async Task WriteAsync()
    {
        if (!request.Stream)
        {
            foreach (var step in reply.Steps) _ = _form.On(step).Count();
            await context.Response.WriteAsJsonAsync(_form.Whole(), cancellationToken);
            return;
        }
        context.Response.ContentType = reply.ContentType;
        await SendAsync(_form.Start());
        foreach (var step in reply.Steps)
            if (!await StepAsync(step)) return;
        await SendAsync(_form.End());
        if (_form.Last is { } last) await LineAsync(last);
    }

    private async Task<bool> StepAsync(Step step)
    {
        switch (step)
        {
            case Step.Stall:
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return false;
            case Step.Cut:
                context.Abort();
                return false;
            case Step.EndEarly: return false;
            case Step.Raw raw: await LineAsync(raw.Line); return true;
            case Step.Comment:
                await context.Response.WriteAsync(": waiting\n\n", cancellationToken);
                await context.Response.Body.FlushAsync(cancellationToken);
                return true;
            case Step.WaitFor wait: await wait.Signal.WaitAsync(cancellationToken); return true;
            case Step.Failure:
                await SendAsync(_form.On(step));
                return false;
            default: await SendAsync(_form.On(step)); return true;
        }
    }

    private async Task SendAsync(IEnumerable<JsonObject> events)
    {
        foreach (var data in events)
        {
            if (_form.Named) await context.Response.WriteAsync($"event: {data["type"]}\n", cancellationToken);
            await LineAsync(data.ToJsonString());
        }
    }

    private async Task LineAsync(string data)
    {
        await context.Response.WriteAsync($"data: {data}\n\n", cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}
