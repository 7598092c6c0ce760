using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ControlChat.Core.Telemetry;

/// <summary>
/// One request to a model, as a span and as numbers; a retry is another one. Attributes and instruments are those of the GenAI conventions:
/// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/.
/// </summary>
public sealed class ModelCall : IDisposable
{
    /// <summary>The name of the meter, for whoever exports it.</summary>
    public const string MeterName = "ControlChat.GenAi";

    private static readonly Meter Meter = new(MeterName);

    // The bounds that the conventions ask for.
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] };
    private static readonly InstrumentAdvice<long> Powers = new() { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] };
    private static readonly Histogram<double> Duration = Meter.CreateHistogram("gen_ai.client.operation.duration", "s", "GenAI operation duration.", null, Seconds);
    private static readonly Histogram<double> FirstChunk = Meter.CreateHistogram("gen_ai.client.operation.time_to_first_chunk", "s", "Time to receive the first chunk of a streamed answer.", null, Seconds);
    private static readonly Histogram<long> Tokens = Meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Number of input and output tokens used.", null, Powers);

    private readonly Activity? _span;
    private readonly string _provider;
    private readonly string _model;
    private readonly long _since = Stopwatch.GetTimestamp();
    private string? _answeredBy;
    private string? _error;
    private bool _began;

    private ModelCall(string provider, string model, string conversationId)
    {
        (_provider, _model) = (provider, model);
        _span = Activities.Source.StartActivity($"chat {model}", ActivityKind.Client);
        _span?.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.provider.name", provider).SetTag("gen_ai.request.model", model).SetTag("gen_ai.conversation.id", conversationId)
            // The provider's name before version 1.37 of the conventions; many backends read nothing else.
            .SetTag("gen_ai.system", provider);
    }

    /// <param name="provider">Who serves it, such as <c>openai</c>.</param>
    /// <param name="model">The model asked for.</param>
    public static ModelCall Start(string provider, string model, string conversationId) => new(provider, model, conversationId);

    /// <summary>A piece of the answer came; only the first one counts.</summary>
    public void Received()
    {
        if (_began) return;
        _began = true;
        var after = Stopwatch.GetElapsedTime(_since);
        FirstChunk.Record(after.TotalSeconds, Tags());
        Meters.ModelBegan(_model, after);
    }

    /// <param name="answeredBy">The model that the answer names, or null.</param>
    /// <param name="finish">Why it ended, or null.</param>
    public void Answered(string? answeredBy, long inputTokens, long outputTokens, string? finish)
    {
        _answeredBy = answeredBy ?? _model;
        _span?.SetTag("gen_ai.response.model", _answeredBy).SetTag("gen_ai.usage.input_tokens", inputTokens).SetTag("gen_ai.usage.output_tokens", outputTokens);
        if (finish is not null) _span?.SetTag("gen_ai.response.finish_reasons", new[] { finish });
        // No usage is not a use of nothing.
        if (inputTokens == 0 && outputTokens == 0) return;
        Meters.ModelUsed(_model, inputTokens, outputTokens);
        Tokens.Record(inputTokens, [.. Tags(), new("gen_ai.token.type", "input")]);
        Tokens.Record(outputTokens, [.. Tags(), new("gen_ai.token.type", "output")]);
    }

    /// <param name="code">Stable and short, such as <c>stalled</c>.</param>
    public void Failed(string code)
    {
        _error = code;
        _span.Fail(code);
    }

    public void Dispose()
    {
        Duration.Record(Stopwatch.GetElapsedTime(_since).TotalSeconds, Tags());
        _span?.Dispose();
    }

    private KeyValuePair<string, object?>[] Tags()
    {
        var tags = new List<KeyValuePair<string, object?>> { new("gen_ai.operation.name", "chat"), new("gen_ai.provider.name", _provider), new("gen_ai.request.model", _model) };
        if (_answeredBy is not null) tags.Add(new("gen_ai.response.model", _answeredBy));
        if (_error is not null) tags.Add(new("error.type", _error));
        return [.. tags];
    }
}
