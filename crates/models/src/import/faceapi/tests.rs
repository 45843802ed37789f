use std::fmt::Write as _;

use super::*;

/// The tensors of a model's weight file, of the shapes that the package has.
fn tensors(model: FaceApiModel) -> Vec<(String, Vec<usize>)> {
    match model {
        FaceApiModel::Recognition => recognition_tensors(),
        FaceApiModel::AgeGender => age_gender_tensors(),
        FaceApiModel::Expression => dense_tensors(7),
        FaceApiModel::Landmarks68 => dense_tensors(136),
        FaceApiModel::SsdMobilenetV1 => ssd_tensors(),
    }
}

type Tensors = Vec<(String, Vec<usize>)>;

fn recognition_tensors() -> Tensors {
    let mut tensors = Vec::new();
    let mut affine = |name: &str, kernel: usize, inputs: usize, outputs: usize| {
        tensors.push((format!("{name}/conv/filters"), vec![kernel, kernel, inputs, outputs]));
        for part in ["conv/bias", "scale/weights", "scale/biases"] {
            tensors.push((format!("{name}/{part}"), vec![outputs]));
        }
    };
    affine("conv32_down", 7, 3, 32);
    for (block, inputs, outputs) in [
        ("conv32_1", 32, 32),
        ("conv32_2", 32, 32),
        ("conv32_3", 32, 32),
        ("conv64_down", 32, 64),
        ("conv64_1", 64, 64),
        ("conv64_2", 64, 64),
        ("conv64_3", 64, 64),
        ("conv128_down", 64, 128),
        ("conv128_1", 128, 128),
        ("conv128_2", 128, 128),
        ("conv256_down", 128, 256),
        ("conv256_1", 256, 256),
        ("conv256_2", 256, 256),
        ("conv256_down_out", 256, 256),
    ] {
        affine(&format!("{block}/conv1"), 3, inputs, outputs);
        affine(&format!("{block}/conv2"), 3, outputs, outputs);
    }
    tensors.push(("fc".to_owned(), vec![256, 128]));
    tensors
}

fn conv(tensors: &mut Tensors, name: &str, kernel: usize, inputs: usize, outputs: usize) {
    tensors.push((format!("{name}/filters"), vec![kernel, kernel, inputs, outputs]));
    tensors.push((format!("{name}/bias"), vec![outputs]));
}

fn separable(tensors: &mut Tensors, name: &str, inputs: usize, outputs: usize) {
    tensors.push((format!("{name}/depthwise_filter"), vec![3, 3, inputs, 1]));
    tensors.push((format!("{name}/pointwise_filter"), vec![1, 1, inputs, outputs]));
    tensors.push((format!("{name}/bias"), vec![outputs]));
}

fn linear(tensors: &mut Tensors, name: &str, inputs: usize, outputs: usize) {
    tensors.push((format!("{name}/weights"), vec![inputs, outputs]));
    tensors.push((format!("{name}/bias"), vec![outputs]));
}

fn age_gender_tensors() -> Tensors {
    let mut tensors = Vec::new();
    conv(&mut tensors, "entry_flow/conv_in", 3, 3, 32);
    for (block, inputs, outputs) in [
        ("entry_flow/reduction_block_0", 32, 64),
        ("entry_flow/reduction_block_1", 64, 128),
        ("exit_flow/reduction_block", 128, 256),
    ] {
        separable(&mut tensors, &format!("{block}/separable_conv0"), inputs, outputs);
        separable(&mut tensors, &format!("{block}/separable_conv1"), outputs, outputs);
        conv(&mut tensors, &format!("{block}/expansion_conv"), 1, inputs, outputs);
    }
    for block in 0..2 {
        for layer in 0..3 {
            separable(
                &mut tensors,
                &format!("middle_flow/main_block_{block}/separable_conv{layer}"),
                128,
                128,
            );
        }
    }
    separable(&mut tensors, "exit_flow/separable_conv", 256, 512);
    linear(&mut tensors, "fc/age", 512, 1);
    linear(&mut tensors, "fc/gender", 512, 2);
    tensors
}

fn dense_tensors(outputs: usize) -> Tensors {
    let mut tensors = Vec::new();
    let widths = [32, 32, 64, 128, 256];
    for block in 0..4 {
        let (inputs, own) = (widths[block], widths[block + 1]);
        if block == 0 {
            conv(&mut tensors, "dense0/conv0", 3, 3, own);
        } else {
            separable(&mut tensors, &format!("dense{block}/conv0"), inputs, own);
        }
        for layer in 1..4 {
            separable(&mut tensors, &format!("dense{block}/conv{layer}"), own, own);
        }
    }
    linear(&mut tensors, "fc", 256, outputs);
    tensors
}

fn ssd_tensors() -> Tensors {
    fn offset(tensors: &mut Tensors, name: &str, kernel: usize, inputs: usize, outputs: usize) {
        tensors.push((format!("{name}/weights"), vec![kernel, kernel, inputs, outputs]));
        tensors.push((format!("{name}/convolution_bn_offset"), vec![outputs]));
    }
    let mut tensors = Vec::new();
    let widths = [32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
    offset(&mut tensors, "MobilenetV1/Conv2d_0_pointwise", 3, 3, 32);
    for layer in 1..14 {
        let (name, inputs) = (format!("MobilenetV1/Conv2d_{layer}"), widths[layer - 1]);
        tensors.push((format!("{name}_depthwise/depthwise_weights"), vec![3, 3, inputs, 1]));
        for part in ["gamma", "beta", "moving_mean", "moving_variance"] {
            tensors.push((format!("{name}_depthwise/BatchNorm/{part}"), vec![inputs]));
        }
        offset(&mut tensors, &format!("{name}_pointwise"), 1, inputs, widths[layer]);
    }
    let widths = [1024, 256, 512, 128, 256, 128, 256, 64, 128];
    for layer in 0..8 {
        let name = format!("Prediction/Conv2d_{layer}_pointwise");
        offset(&mut tensors, &name, 1 + layer % 2 * 2, widths[layer], widths[layer + 1]);
    }
    for (grid, inputs) in [512, 1024, 512, 256, 256, 128].into_iter().enumerate() {
        for (part, numbers) in [("BoxEncodingPredictor", 4), ("ClassPredictor", 3)] {
            let (name, outputs) =
                (format!("Prediction/BoxPredictor_{grid}/{part}"), if grid == 0 { 3 } else { 6 } * numbers);
            tensors.push((format!("{name}/weights"), vec![1, 1, inputs, outputs]));
            tensors.push((format!("{name}/biases"), vec![outputs]));
        }
    }
    tensors
}

/// A manifest and weights of one byte each, all with the value 0.5.
fn files(tensors: &[(String, Vec<usize>)]) -> (Vec<u8>, Vec<u8>) {
    let mut manifest = String::from(r#"[{"paths": ["x.bin"], "weights": ["#);
    let mut size = 0;
    for (index, (name, shape)) in tensors.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let coding = r#""quantization": {"dtype": "uint8", "scale": 0.25, "min": 0.0}"#;
        write!(manifest, r#"{comma}{{"name": "{name}", "shape": {shape:?}, "dtype": "float32", {coding}}}"#)
            .unwrap();
        size += shape.iter().product::<usize>();
    }
    manifest.push_str("]}]");
    (manifest.into_bytes(), vec![2; size])
}

fn import_of(model: FaceApiModel, tensors: &[(String, Vec<usize>)]) -> Result<Vec<u8>, ImportError> {
    let (manifest, weights) = files(tensors);
    import(model, &manifest, &weights)
}

const ALL: [FaceApiModel; 5] = [
    FaceApiModel::Recognition,
    FaceApiModel::AgeGender,
    FaceApiModel::Expression,
    FaceApiModel::Landmarks68,
    FaceApiModel::SsdMobilenetV1,
];

#[test]
fn every_model_becomes_a_graph_that_holds_its_weights() {
    for model in ALL {
        let tensors = tensors(model);
        // Class predictors keep one class of three.
        let kept = tensors.iter().filter(|(name, shape)| shape.len() > 1 && !name.contains("ClassPredictor"));
        let weights: usize = kept.map(|(_, shape)| shape.iter().product::<usize>()).sum();
        let graph = import_of(model, &tensors).unwrap();
        assert!(graph.len() > 4 * weights, "{model:?}: {}", graph.len());
        assert!(graph.len() < 4 * weights + 200_000, "{model:?}: {}", graph.len());
    }
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let tensors = tensors(FaceApiModel::Expression);
    let first = import_of(FaceApiModel::Expression, &tensors).unwrap();
    assert_eq!(first, import_of(FaceApiModel::Expression, &tensors).unwrap());
}

#[test]
fn each_missing_tensor_is_named() {
    for model in [FaceApiModel::AgeGender, FaceApiModel::Expression] {
        let whole = tensors(model);
        for index in 0..whole.len() {
            let mut rest = whole.clone();
            let (missing, _) = rest.remove(index);
            let error = import_of(model, &rest).unwrap_err();
            assert_eq!(error.to_string(), format!("{}: tensor {missing} is missing", model.weights_file()));
        }
    }
}

#[test]
fn each_wrong_shape_is_named() {
    for model in [FaceApiModel::AgeGender, FaceApiModel::Expression] {
        let whole = tensors(model);
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index].1[0] += 1;
            let error = import_of(model, &changed).unwrap_err();
            let ImportError::BadShape { file, tensor, .. } = &error else { panic!("{error}") };
            assert_eq!((file.as_str(), tensor), (model.weights_file(), &whole[index].0));
            changed[index].1 = vec![1; 3];
            assert!(matches!(import_of(model, &changed).unwrap_err(), ImportError::BadShape { .. }));
        }
    }
}

#[test]
fn deeper_networks_name_their_tensors_too() {
    for (model, name) in [
        (FaceApiModel::Recognition, "conv256_down_out/conv2/scale/weights"),
        (FaceApiModel::Recognition, "fc"),
        (FaceApiModel::SsdMobilenetV1, "MobilenetV1/Conv2d_13_depthwise/BatchNorm/moving_variance"),
        (FaceApiModel::SsdMobilenetV1, "Prediction/BoxPredictor_5/ClassPredictor/weights"),
    ] {
        let mut changed = tensors(model);
        let tensor = changed.iter_mut().find(|(other, _)| other == name).unwrap();
        *tensor.1.last_mut().unwrap() += 1;
        let error = import_of(model, &changed).unwrap_err();
        assert!(matches!(&error, ImportError::BadShape { tensor, .. } if tensor == name), "{error}");
        changed.retain(|(other, _)| other != name);
        let error = import_of(model, &changed).unwrap_err();
        assert!(matches!(&error, ImportError::MissingTensor { tensor, .. } if tensor == name), "{error}");
    }
}

#[test]
fn weights_without_outputs_are_refused() {
    let mut changed = tensors(FaceApiModel::Expression);
    for (name, shape) in &mut changed {
        if name == "dense1/conv0/pointwise_filter" {
            shape[3] = 0;
        }
    }
    let error = import_of(FaceApiModel::Expression, &changed).unwrap_err();
    assert!(matches!(&error, ImportError::BadShape { .. }), "{error}");
}

#[test]
fn truncated_and_longer_files_are_refused() {
    let model = FaceApiModel::Landmarks68;
    let (manifest, weights) = files(&tensors(model));
    let error = import(model, &manifest, &weights[..weights.len() - 1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "face_landmark_68_model.bin: truncated: tensor fc/bias needs 136 bytes, 135 are left"
    );
    let longer = [weights.as_slice(), &[0]].concat();
    assert!(matches!(import(model, &manifest, &longer).unwrap_err(), ImportError::WrongLength { .. }));
    for len in [0, 1, manifest.len() / 2, manifest.len() - 1] {
        let error = import(model, &manifest[..len], &weights).unwrap_err();
        let ImportError::Malformed { file, .. } = &error else { panic!("{error}") };
        assert_eq!(file, model.manifest_file());
    }
}

#[test]
fn manifests_of_another_form_are_refused() {
    let model = FaceApiModel::AgeGender;
    let deep = "[".repeat(100_000);
    for manifest in [
        "",
        "null",
        "{}",
        "[1]",
        r#"[{"weights": [{"name": "a", "shape": [-1], "dtype": "float32"}]}]"#,
        &deep,
    ] {
        assert!(matches!(
            import(model, manifest.as_bytes(), &[]).unwrap_err(),
            ImportError::Malformed { .. }
        ));
    }
    assert!(matches!(import(model, b"[]", &[]).unwrap_err(), ImportError::MissingTensor { .. }));
}
