using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>
/// The JSON schema of an argument record: from its constructor, <see cref="DescriptionAttribute"/>,
/// <see cref="RangeAttribute"/>, <see cref="MaxLengthAttribute"/> and <see cref="AllowedValuesAttribute"/>.
/// Unknown fields are refused. Optional parameters have a default of null and are nullable.
/// </summary>
public static class ArgumentSchema
{
    private static readonly JsonSchemaExporterOptions ExporterOptions = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Transform,
    };

    public static JsonElement Of<TArguments>() =>
        JsonSerializer.SerializeToElement(Json.Wire.GetJsonSchemaAsNode(typeof(TArguments), ExporterOptions));

    /// <summary>Binds arguments that the schema check has accepted.</summary>
    /// <exception cref="ToolRefusedException"><c>invalid</c>.</exception>
    public static TArguments Bind<TArguments>(JsonObject arguments)
    {
        try
        {
            return arguments.Deserialize<TArguments>(Json.Wire) ?? throw ToolRefusedException.Invalid("The arguments are missing.");
        }
        catch (JsonException e)
        {
            throw ToolRefusedException.Invalid($"The arguments do not fit: {e.Message.Split(" Path:")[0]}");
        }
    }

    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject node) return schema;
        if (node["properties"] is JsonObject && !node.ContainsKey("additionalProperties"))
            node["additionalProperties"] = false;
        if (context.PropertyInfo?.AssociatedParameter?.AttributeProvider is ParameterInfo parameter) Describe(node, parameter);
        node.Remove("default");
        return node;
    }

    private static void Describe(JsonObject node, ParameterInfo parameter)
    {
        if (parameter.GetCustomAttribute<DescriptionAttribute>() is { } description) node["description"] = description.Description;
        if (parameter.GetCustomAttribute<MaxLengthAttribute>() is { } length)
            node[IsArray(node) ? "maxItems" : "maxLength"] = length.Length;
        if (parameter.GetCustomAttribute<MinLengthAttribute>() is { } least)
            node[IsArray(node) ? "minItems" : "minLength"] = least.Length;
        if (parameter.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            node["minimum"] = JsonSerializer.SerializeToNode(range.Minimum);
            node["maximum"] = JsonSerializer.SerializeToNode(range.Maximum);
        }
        if (parameter.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
            node["enum"] = new JsonArray([.. allowed.Values.Select(v => JsonSerializer.SerializeToNode(v))]);
    }

    private static bool IsArray(JsonObject node) => node["type"] switch
    {
        JsonArray types => types.Any(t => t?.GetValue<string>() == "array"),
        JsonValue type => type.GetValue<string>() == "array",
        _ => false,
    };
}
